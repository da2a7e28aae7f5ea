import { performance } from 'node:perf_hooks';
import { type CountedTable, findMissingFromBackup } from '../../integrity/builtin/backup-completeness.ts';
import { type CheckChoice, chooseChecks } from '../../integrity/choose-checks.ts';
import type { CheckedTable } from '../../integrity/data-facts.ts';
import { type CheckedData, type CheckedItem, findingOfFault } from '../../integrity/run-checks.ts';
import type { Checkable, CheckQuery } from '../../ports/check-query.ts';
import type { CheckSettings } from '../../ports/check-settings.ts';
import type { Ports } from '../../ports/ports.ts';
import { formatTableName } from '../../snapshot/table.ts';
import type { DataSource } from './data-source.ts';
import { readNewestGood } from './newest-good.ts';

export type WarnedData = CheckedData & { readonly warnings: readonly string[] };

export const nothingChecked: WarnedData = { checked: [], findings: [], warnings: [] };

export interface BackupCheck {
  readonly source: DataSource;
  readonly checkable: Checkable;
  readonly choice: CheckChoice;
  readonly settings: CheckSettings;
  /** For each table. */
  readonly timeoutMs: number;
}

/** Compares the live database with its newest good snapshot. */
export async function checkBackup(
  ports: Ports,
  { source, checkable, choice, settings, timeoutMs }: BackupCheck,
): Promise<WarnedData> {
  const isAsked = choice.checks.length === 0 || choice.checks.includes('backup-incomplete');
  const isOff = settings.checks['backup-incomplete']?.severity === 'off';
  if (!isAsked || isOff) return nothingChecked;
  const held = await readNewestGood(ports, source.identity);
  if (typeof held === 'string') return { ...nothingChecked, warnings: [held] };
  const counted: CountedTable[] = [];
  const checked: CheckedItem[] = [];
  for (const table of chooseTables(source.facts.tables, choice.models)) {
    const started = performance.now();
    const query: CheckQuery = { is: 'count', table: { schema: table.schema, name: table.name } };
    const { count } = await checkable.check(query, { timeoutMs, samples: 0 });
    if (count !== null) counted.push({ table, rows: count });
    const place = { model: table.model?.name ?? null, table: formatTableName(table), field: null };
    const ms = Math.round(performance.now() - started);
    checked.push({ check: 'backup-incomplete', ...place, ms, timedOut: count === null });
  }
  const faults = chooseChecks(findMissingFromBackup(counted, held), choice, settings);
  const warnings = checked
    .filter(({ timedOut }) => timedOut)
    .map(({ table }) => `The rows of ${table} could not be counted in time, to compare them with the backup`);
  return { checked, findings: faults.map(findingOfFault), warnings };
}

function chooseTables(tables: readonly CheckedTable[], names: readonly string[]): readonly CheckedTable[] {
  if (names.length === 0) return tables;
  return tables.filter(({ model, name }) => names.includes(name) || names.includes(model?.name ?? name));
}
