import { AppError } from '../../errors.ts';
import type { Database, Scope } from '../../ports/database.ts';
import type { Ports } from '../../ports/ports.ts';
import type { SnapshotFile } from '../../snapshot/reader.ts';
import { formatTableName, type SchemaStatement } from '../../snapshot/table.ts';
import { chooseTables } from '../table-choice.ts';
import { planRestore, type RestorePlan } from './plan.ts';
import type { RestoreRequest, RestoreSource } from './request.ts';
import type { ChosenTable } from './table-plan.ts';
import { inspectTarget, type TargetState, withoutForeignMigrations } from './target.ts';

export interface RestoreRun extends RestoreSource {
  readonly file: SnapshotFile;
  readonly database: Database;
}

/** What was decided before consent. */
export interface Decision {
  readonly state: TargetState;
  readonly chosen: readonly ChosenTable[];
  readonly policy: RestoreRequest['policy'];
  readonly plan: RestorePlan;
  readonly warnings: readonly string[];
}

/**
 * Looks at the target and plans, from one instant of it; writes nothing.
 *
 * @throws AppError RESTORE.SCHEMA, RESTORE.TRIGGERS, USAGE
 */
export async function decide(ports: Ports, run: RestoreRun, request: RestoreRequest): Promise<Decision> {
  const { file, database } = run;
  const chosenEntries = chooseTables(file.manifest.tables, request.selection);
  const all: ChosenTable[] = [];
  for (const entry of chosenEntries) all.push({ entry, table: await file.tableHead(entry) });
  const live = await database.openSnapshot(scopeOf(run, request));
  try {
    const state = await inspectTarget(live, { ...request, command: run.command, file, chosen: all });
    const policy = state.isEmpty ? 'replace' : request.policy;
    const keepPresent = policy !== 'replace' || state.differences.length > 0;
    const { chosen, kept } = withoutForeignMigrations(all, { keepPresent, selection: request.selection });
    checkTriggers(live.catalogue.blockingTriggers, chosen, request);
    const forecastAll = request.dryRun && state.hasTables;
    const plan = await planRestore(ports, {
      file,
      live,
      chosen,
      policy,
      appSchema: request.appSchema,
      forecastAll,
    });
    const notes = kept === null ? [] : [`${kept} stays as it is: it describes the database's present tables`];
    const differences = state.differences.map((difference) => `Allowed: ${difference.message}`);
    const warnings = [...differences, ...notes, ...aboutEncryption(ports, run, { request, state })];
    return { state, chosen, policy, plan, warnings };
  } finally {
    await live.close();
  }
}

/** What has to be known of the safety snapshot before there is one. */
function aboutEncryption(
  { seal, unlock }: Ports,
  { file }: RestoreRun,
  { request, state }: { request: RestoreRequest; state: TargetState },
): string[] {
  if (state.isEmpty || !request.safety) return [];
  if (seal !== undefined && unlock === undefined) {
    return ['The safety snapshot will be encrypted: `holdfast undo` will need the identity that opens it'];
  }
  if (seal === undefined && file.isEncrypted) {
    return ['The safety snapshot will not be encrypted: BACKUP_ENCRYPTION_RECIPIENT is not set here'];
  }
  return [];
}

/** Every schema, where the snapshot has tables in other ones than the target's URL names. */
export function scopeOf({ file }: RestoreRun, { target }: RestoreRequest): Scope {
  const schemas = new Set(file.manifest.tables.map((table) => table.schema));
  return { allSchemas: schemas.size > Math.max(1, target.schemas.length) };
}

function checkTriggers(
  blocking: readonly { table: { schema: string | null; name: string }; trigger: string }[],
  chosen: readonly ChosenTable[],
  request: RestoreRequest,
): void {
  const names = new Set(chosen.map(({ table }) => formatTableName(table)));
  const found = blocking.filter(({ table }) => names.has(formatTableName(table)));
  if (found.length === 0 || request.dropTriggers) return;
  const list = found.map(({ table, trigger }) => `${trigger} on ${formatTableName(table)}`).join(', ');
  throw new AppError('RESTORE.TRIGGERS', `Triggers would change rows during the restore: ${list}`, {
    hint: 'Add --drop-triggers: they are saved, taken down, and put back when the rows are in',
  });
}

/** What is run from the file: never without the flag, and always shown. */
export function definitionOf(
  { file }: RestoreRun,
  { createSchema }: RestoreRequest,
): readonly SchemaStatement[] {
  return createSchema ? file.schema.definition : [];
}
