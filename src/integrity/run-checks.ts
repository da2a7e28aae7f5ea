import { performance } from 'node:perf_hooks';
import { AppError } from '../errors.ts';
import type { CheckAnswer, Checkable, CheckQuery } from '../ports/check-query.ts';
import { formatTableName } from '../snapshot/table.ts';
import { formatDuration } from '../util/duration.ts';
import type { Check, FoundFault, Place } from './check.ts';
import type { IntegrityFinding } from './finding.ts';

export interface RunOptions {
  readonly timeoutMs: number;
  readonly samples: number;
  /** A statement for a person, which shows the rows that a query is about. */
  readonly describe: (query: CheckQuery) => string;
  /** Called before each check. */
  readonly onCheck: (check: Check) => void;
}

/** One check that was carried out, over one place. */
export interface CheckedItem {
  readonly check: string;
  readonly model: string | null;
  readonly table: string | null;
  readonly field: string | null;
  readonly ms: number;
  /** It took longer than allowed; nothing is known then. */
  readonly timedOut: boolean;
}

export interface CheckedData {
  readonly checked: readonly CheckedItem[];
  readonly findings: readonly IntegrityFinding[];
}

/** Asks one question after the other. What cannot be answered in time, or at all, is a finding, too. */
export async function runChecks(
  source: Checkable,
  checks: readonly Check[],
  options: RunOptions,
): Promise<CheckedData> {
  const checked: CheckedItem[] = [];
  const findings: IntegrityFinding[] = [];
  for (const check of checks) {
    options.onCheck(check);
    const started = performance.now();
    const answer = await ask(source, check, options);
    const ms = Math.round(performance.now() - started);
    const timedOut = !(answer instanceof AppError) && answer.count === null;
    checked.push({ check: check.name, ...whereOf(check), ms, timedOut });
    const finding = findingOf(check, answer, options);
    if (finding !== null) findings.push(finding);
  }
  return { checked, findings };
}

/** A question that this database cannot answer says something about one check, not about the others. */
async function ask(
  source: Checkable,
  check: Check,
  { timeoutMs, samples }: RunOptions,
): Promise<CheckAnswer | AppError> {
  try {
    return await source.check(check.query, { timeoutMs, samples });
  } catch (error) {
    if (error instanceof AppError && error.code === 'DATABASE.READ') return error;
    throw error;
  }
}

function findingOf(
  check: Check,
  answer: CheckAnswer | AppError,
  { timeoutMs, describe }: RunOptions,
): IntegrityFinding | null {
  if (answer instanceof AppError) {
    return unfinished(check, `could not be checked: ${answer.message}`, null);
  }
  if (answer.count === null) {
    return unfinished(
      check,
      `did not finish within ${formatDuration(timeoutMs)}`,
      'Give it more time with --timeout, or an index to the columns that it compares',
    );
  }
  if (answer.count === 0) return null;
  return {
    check: check.name,
    severity: check.severity,
    ...whereOf(check),
    count: answer.count,
    samples: answer.samples.map((cells) => formatSample(check, cells)),
    message: check.message(answer.count),
    hint: check.hint,
    sql: describe(check.query),
    rule: check.rule,
  };
}

function unfinished(check: Check, reason: string, hint: string | null): IntegrityFinding {
  const where = whereOf(check);
  const place = [where.model ?? where.table, where.field].filter((part) => part !== null).join('.');
  return {
    check: 'unfinished',
    severity: 'warning',
    ...where,
    count: 1,
    samples: [],
    message: `${check.name} of ${place} ${reason}`,
    hint,
    sql: null,
    rule: check.rule,
  };
}

/** A fault that needed no question, as a finding. */
export function findingOfFault(fault: FoundFault): IntegrityFinding {
  const { name, severity, count, samples, message, hint } = fault;
  return {
    check: name,
    severity,
    ...whereOf(fault),
    ...{ count, samples, message, hint },
    sql: null,
    rule: null,
  };
}

function whereOf({ model, table, fields }: Place): Pick<CheckedItem, 'model' | 'table' | 'field'> {
  return {
    model,
    table: table === null ? null : formatTableName(table),
    field: fields.length === 0 ? null : fields.join(', '),
  };
}

function formatSample({ query }: Check, cells: readonly (string | null)[]): string {
  const labels = query.is === 'rows' ? query.show : query.columns;
  const values = labels.map(({ label }, index) => `${label}=${cells[index] ?? 'NULL'}`).join(', ');
  return query.is === 'rows' ? values : `${values} (${cells.at(-1)} rows)`;
}
