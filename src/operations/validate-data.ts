import { findDrift } from '../integrity/builtin/schema-drift.ts';
import { planChecks } from '../integrity/builtin-checks.ts';
import type { Check } from '../integrity/check.ts';
import { type CheckChoice, checkChoice, chooseChecks, warnAboutPlaces } from '../integrity/choose-checks.ts';
import type { IntegrityFinding } from '../integrity/finding.ts';
import { type CheckedItem, findingOfFault, runChecks } from '../integrity/run-checks.ts';
import type { StoredSnapshot } from '../ports/backup-folder.ts';
import type { CheckSettings, Severity } from '../ports/check-settings.ts';
import type { DatabaseIdentity, DatabaseTarget, Scope } from '../ports/database.ts';
import type { Ports } from '../ports/ports.ts';
import type { PrismaSchema } from '../schema/prisma-schema.ts';
import type { AppSchema } from './app-schema.ts';
import { checkBackup, nothingChecked, type WarnedData } from './validating/check-backup.ts';
import { type DataSource, openLiveData, openSnapshotData } from './validating/data-source.ts';

/** The live database, or a snapshot for which no database is needed. */
export type DataSubject =
  | {
      readonly is: 'database';
      readonly target: DatabaseTarget;
      readonly lockTimeoutMs: number;
      readonly scope: Scope;
      readonly appSchema: AppSchema | null;
    }
  | {
      readonly is: 'snapshot';
      readonly reference: string;
      /** The application's schema, for a snapshot that holds none. */
      readonly findSchema: () => Promise<PrismaSchema | null>;
    };

export interface ValidateDataRequest {
  readonly subject: DataSubject;
  readonly settings: CheckSettings;
  readonly choice: CheckChoice;
  /** The least severity that makes the result not ok. */
  readonly failOn: Severity;
  /** Rows or values to show of each finding. */
  readonly samples: number;
  /** For each check. */
  readonly timeoutMs: number;
}

export interface ValidateDataResult {
  readonly command: 'validate data';
  /** True when no finding is as severe as the run was told to fail on. */
  readonly ok: boolean;
  /** What was looked at: the database, live or as the snapshot held it. */
  readonly database: DatabaseIdentity;
  /** The snapshot file that was looked at; null when it was the live database. */
  readonly snapshot: {
    readonly id: string;
    readonly name: string;
    readonly path: string;
    readonly created: string;
  } | null;
  readonly checked: readonly CheckedItem[];
  readonly counts: {
    readonly checks: number;
    /** Checks that could not be carried out to their end; each is a finding, too. */
    readonly unfinished: number;
    /** Tables that the checks ran over. */
    readonly tables: number;
    readonly findings: number;
    readonly errors: number;
    readonly warnings: number;
  };
  /** Errors first, then by model and field. */
  readonly findings: readonly IntegrityFinding[];
  /** Sentences about what could not be checked, such as a missing Prisma schema. */
  readonly warnings: readonly string[];
  readonly durationMs: number;
}

/**
 * Checks the data itself: what the schema promises, and what the operator's rules ask for. Reads only; the application
 * can write meanwhile.
 *
 * @throws AppError RULE.SYNTAX, USAGE, SNAPSHOT.*, DATABASE.*
 */
export async function validateData(ports: Ports, request: ValidateDataRequest): Promise<ValidateDataResult> {
  const started = ports.clock.now();
  const { subject, settings } = request;
  const stored = subject.is === 'snapshot' ? await ports.folder.find(subject.reference) : null;
  const source = await openSource(ports, { subject, settings, stored });
  try {
    const { tables } = source.facts;
    checkChoice(request.choice, tables);
    const data = await checkSource(ports, source, request);
    const durationMs = ports.clock.now().getTime() - started.getTime();
    const warnings = [...source.warnings, ...warnAboutPlaces(settings, tables), ...data.warnings];
    return summarize({ ...data, warnings }, { request, source, stored, tables: tables.length, durationMs });
  } finally {
    await source.close();
  }
}

async function openSource(
  ports: Ports,
  {
    subject,
    settings,
    stored,
  }: {
    readonly subject: DataSubject;
    readonly settings: CheckSettings;
    readonly stored: StoredSnapshot | null;
  },
): Promise<DataSource> {
  if (subject.is === 'database') return openLiveData(ports, { ...subject, settings });
  return openSnapshotData(ports, { stored: stored!, settings, findSchema: subject.findSchema });
}

async function checkSource(
  ports: Ports,
  source: DataSource,
  request: ValidateDataRequest,
): Promise<WarnedData> {
  const { facts, identity } = source;
  const { choice, settings, timeoutMs, samples } = request;
  const checks = chooseChecks(planChecks(facts), choice, settings);
  const drift = chooseChecks(findDrift(facts), choice, settings).map(findingOfFault);
  const describe = await ports.engines.describeChecks(identity.provider);
  const checkable = await source.prepare(checks.map(({ query }) => query));
  ports.progress.phase('checking', null);
  const onCheck = ({ name, model, table }: Check): void => {
    ports.signal?.throwIfAborted();
    ports.progress.item(`${name} ${model ?? table?.name ?? ''}`);
  };
  const data = await runChecks(checkable, checks, { timeoutMs, samples, describe, onCheck });
  const isLive = request.subject.is === 'database';
  const backup = isLive ? await checkBackup(ports, { ...request, source, checkable }) : nothingChecked;
  return {
    checked: [...wholeChecks(facts.schema !== null, request), ...data.checked, ...backup.checked],
    findings: [...drift, ...data.findings, ...backup.findings],
    warnings: backup.warnings,
  };
}

/** The check that looks at the whole database at once, where it was not turned off. */
function wholeChecks(hasSchema: boolean, { choice, settings }: ValidateDataRequest): CheckedItem[] {
  const whole = { name: 'schema-drift', severity: 'error', model: null, table: null, fields: [] } as const;
  const isAsked =
    hasSchema && choice.models.length === 0 && chooseChecks([whole], choice, settings).length > 0;
  if (!isAsked) return [];
  return [{ check: 'schema-drift', model: null, table: null, field: null, ms: 0, timedOut: false }];
}

interface Surroundings {
  readonly request: ValidateDataRequest;
  readonly source: DataSource;
  readonly stored: StoredSnapshot | null;
  readonly tables: number;
  readonly durationMs: number;
}

function summarize(
  { checked, findings: found, warnings }: WarnedData,
  { request, source, stored, tables, durationMs }: Surroundings,
): ValidateDataResult {
  const findings = found.toSorted(byWeight);
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const failing = request.failOn === 'error' ? errors : findings.length;
  return {
    command: 'validate data',
    ok: failing === 0,
    database: source.identity,
    snapshot:
      stored === null
        ? null
        : {
            id: source.snapshotId!,
            name: stored.name,
            path: stored.path,
            created: source.facts.now.toISOString(),
          },
    checked,
    counts: {
      checks: checked.length,
      unfinished: findings.filter(({ check }) => check === 'unfinished').length,
      tables,
      findings: findings.length,
      errors,
      warnings: findings.length - errors,
    },
    findings,
    warnings,
    durationMs,
  };
}

function byWeight(a: IntegrityFinding, b: IntegrityFinding): number {
  if (a.severity !== b.severity) return a.severity === 'error' ? -1 : 1;
  const [left, right] = [a, b].map(({ model, table, field, check }) =>
    [model ?? table ?? '', field ?? '', check].join('\0'),
  );
  if (left === right) return 0;
  return left! < right! ? -1 : 1;
}
