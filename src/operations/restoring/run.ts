import { AppError, InternalError } from '../../errors.ts';
import type { BackupFolder, Database, Ports, RestoreRecord, RestoreTransaction, Scope } from '../../ports.ts';
import type { SnapshotFile } from '../../snapshot/reader.ts';
import { formatTableName, type SchemaStatement } from '../../snapshot/table.ts';
import { formatIdentity } from '../backup.ts';
import { chooseTables, everyTable, isPartial } from '../table-choice.ts';
import { takeSnapshot } from '../take-snapshot.ts';
import { applyPlan } from './apply.ts';
import { requireConsent } from './consent.ts';
import { effectOf, failuresOf, planRestore, type RestorePlan, type TableEffect } from './plan.ts';
import type { RestoreRequest, RestoreResult, RestoreSource } from './request.ts';
import type { ChosenTable } from './table-plan.ts';
import { inspectTarget, type TargetState, withoutForeignMigrations } from './target.ts';

export interface RestoreRun extends RestoreSource {
  readonly file: SnapshotFile;
  readonly database: Database;
}

/** What was decided before consent. */
interface Decision {
  readonly state: TargetState;
  readonly chosen: readonly ChosenTable[];
  readonly policy: RestoreRequest['policy'];
  readonly plan: RestorePlan;
  readonly warnings: readonly string[];
}

/** The restore of one open, verified snapshot into one open database. */
export async function runRestore(
  ports: Ports,
  run: RestoreRun,
  request: RestoreRequest,
): Promise<RestoreResult> {
  const started = ports.clock.now();
  const decision = await decide(ports, run, request);
  const failures = failuresOf(decision.plan);
  const effects = decision.plan.tables.map(effectOf);
  const result = (done: Partial<RestoreResult>): RestoreResult => ({
    ...describeRun(run, request),
    ok: true,
    safety: null,
    definition: definitionOf(run, request),
    tables: effects,
    failures: [],
    warnings: decision.warnings,
    durationMs: ports.clock.now().getTime() - started.getTime(),
    ...done,
  });
  if (request.dryRun) return result({ ok: failures.length === 0, failures });
  if (failures.length > 0) throw refusal(failures, request);
  await askFirst(run, request, decision);
  const safety = await takeSafety(ports, run, request, decision);
  const warnings = await write(ports, run, request, { ...decision, safety, effects });
  return result({
    safety: safety === null ? null : { path: safety },
    warnings: [...decision.warnings, ...warnings],
  });
}

function describeRun({ command, file, database }: RestoreRun, { dryRun }: RestoreRequest) {
  const { id, name, created } = file.header;
  const { host, name: databaseName } = database.identity;
  return {
    command,
    dryRun,
    requiresRestart: !dryRun,
    snapshot: { id, name, path: file.path, created },
    database: { host, name: databaseName },
  };
}

/** What is run from the file: never without the flag, and always shown. */
function definitionOf({ file }: RestoreRun, { createSchema }: RestoreRequest): readonly SchemaStatement[] {
  return createSchema ? file.schema.definition : [];
}

async function decide(ports: Ports, run: RestoreRun, request: RestoreRequest): Promise<Decision> {
  const { file, database } = run;
  const chosenEntries = chooseTables(file.manifest.tables, request.selection);
  const all: ChosenTable[] = [];
  for (const entry of chosenEntries) all.push({ entry, table: await file.tableHead(entry) });
  const live = await database.openSnapshot(scopeOf(run, request));
  try {
    const state = await inspectTarget(live, { ...request, file, chosen: all });
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
    return { state, chosen, policy, plan, warnings: [...differences, ...notes] };
  } finally {
    await live.close();
  }
}

/** Every schema, where the snapshot has tables in other ones than the target's URL names. */
function scopeOf({ file }: RestoreRun, { target }: RestoreRequest): Scope {
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

function refusal(failures: ReturnType<typeof failuresOf>, request: RestoreRequest): AppError {
  const [first] = failures;
  if (first === undefined) throw new InternalError('a refusal without a reason');
  const message = `The restore would fail, so nothing was changed: ${failures.map((failure) => failure.message).join('; ')}`;
  if (first.kind === 'foreign key') {
    return new AppError('RESTORE.ORPHANS', message, {
      hint: 'Restore both tables together: name them all in --only, or leave it out',
    });
  }
  const hint =
    'To put the snapshot in place of the present rows add --clear-existing; to keep present rows add --on-conflict skip; to replace only those in conflict add --on-conflict overwrite';
  return new AppError('RESTORE.CONFLICT', message, request.policy === 'fail' ? { hint } : {});
}

async function askFirst(run: RestoreRun, request: RestoreRequest, decision: Decision): Promise<void> {
  const needsConsent = !decision.state.isEmpty || !request.safety;
  if (!needsConsent) return;
  const { name, created } = run.file.header;
  await requireConsent(
    {
      command: run.command,
      snapshot: { name, created },
      database: formatIdentity(run.database.identity),
      confirmName: run.database.confirmName,
      tables: decision.plan.tables.map(effectOf),
      warnings: decision.warnings,
    },
    { confirm: request.confirm, ask: request.askConsent },
  );
}

/** A verified snapshot of what is about to change; null for an empty target or with --no-safety. */
async function takeSafety(
  ports: Ports,
  run: RestoreRun,
  request: RestoreRequest,
  decision: Decision,
): Promise<string | null> {
  if (decision.state.isEmpty || !request.safety) return null;
  ports.progress.phase('taking a safety snapshot', null);
  const exact = decision.chosen.map(({ table }) => table);
  const selection = isPartial(request.selection) ? { ...everyTable, exact } : everyTable;
  try {
    const taken = await takeSnapshot(
      ports,
      { database: run.database, folder: run.folder },
      {
        scope: scopeOf(run, request),
        selection,
        appSchema: request.appSchema,
        purpose: 'safety',
        before: { command: run.command, snapshot: run.file.header.id },
        name: null,
        tier: null,
        description: `Before ${run.command} of ${run.file.header.name}`,
        tags: [],
        compressionLevel: request.compressionLevel,
      },
    );
    return taken.path;
  } catch (error) {
    throw withoutSafety(error, run);
  }
}

function withoutSafety(error: unknown, { database, command }: RestoreRun): unknown {
  if (!(error instanceof AppError) || error.code === 'DATABASE.CORRUPT') return error;
  return new AppError(
    'RESTORE.SAFETY',
    `No safety snapshot could be taken, so nothing was changed: ${error.message}`,
    {
      hint: `${error.hint ?? ''} To go without one run: holdfast ${command} … --no-safety --confirm ${database.confirmName}`.trim(),
      cause: error,
    },
  );
}

interface Write extends Decision {
  readonly safety: string | null;
  readonly effects: readonly TableEffect[];
}

/** The one transaction, between two records of it. */
async function write(
  ports: Ports,
  run: RestoreRun,
  request: RestoreRequest,
  decided: Write,
): Promise<readonly string[]> {
  const { folder, database, file, command } = run;
  const record: RestoreRecord = {
    command,
    started: ports.clock.now().toISOString(),
    finished: null,
    target: database.identity,
    snapshot: file.path,
    safety: decided.safety,
    statements: [],
  };
  const previous = await folder.readLastRestore();
  await folder.writeLastRestore(record);
  ports.progress.phase('waiting for locks', null);
  const transaction = await database
    .openRestore({
      scope: scopeOf(run, request),
      tables: decided.chosen.map(({ table }) => table),
      createSchema: definitionOf(run, request),
      dropTriggers: request.dropTriggers,
      saveJournal: ({ statements }) => folder.writeLastRestore({ ...record, statements }),
    })
    .catch(async (error: unknown) => {
      await forget(folder, previous);
      throw error;
    });
  const warnings = await inTransaction(ports, {
    run,
    request,
    decided,
    transaction,
    forget: () => forget(folder, previous),
  });
  await folder.writeLastRestore({ ...record, finished: ports.clock.now().toISOString() });
  return warnings;
}

/** Nothing was changed: the record is again what it was. */
async function forget(folder: BackupFolder, previous: RestoreRecord | null): Promise<void> {
  if (previous === null) await folder.removeLastRestore();
  else await folder.writeLastRestore(previous);
}

interface Transacting {
  readonly run: RestoreRun;
  readonly request: RestoreRequest;
  readonly decided: Write;
  readonly transaction: RestoreTransaction;
  readonly forget: () => Promise<void>;
}

async function inTransaction(
  ports: Ports,
  { run, request, decided, transaction, forget }: Transacting,
): Promise<string[]> {
  try {
    const { file } = run;
    const { policy, chosen } = decided;
    const plan = await planRestore(ports, {
      file,
      live: transaction,
      chosen,
      policy,
      appSchema: request.appSchema,
      forecastAll: false,
    });
    const failures = failuresOf(plan);
    if (failures.length > 0) throw refusal(failures, request);
    const isWhole = !file.header.partial && !isPartial(request.selection);
    const found = await applyPlan(ports, { file, transaction, plan, policy, isWhole });
    ports.signal?.throwIfAborted();
    ports.progress.phase('committing', null);
    const left = await transaction.commit();
    return [...movedSince(decided.effects, plan.tables.map(effectOf)), ...found, ...left];
  } catch (error) {
    await rollBack(transaction, forget, error);
    throw error;
  }
}

/** A failed rollback is told beside the failure that led to it; then the record stays, for `undo`. */
async function rollBack(
  transaction: RestoreTransaction,
  forget: () => Promise<void>,
  first: unknown,
): Promise<void> {
  try {
    await transaction.rollback();
  } catch (error) {
    throw new AppError(
      'RESTORE.UNFINISHED',
      `The restore failed and could not be taken back completely: ${messageOf(first)}; ${messageOf(error)}`,
      {
        hint: 'When the database can be reached again run: holdfast undo',
        cause: first,
      },
    );
  }
  await forget();
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The database may have changed between the plan and the locks: then both counts are shown. */
function movedSince(planned: readonly TableEffect[], done: readonly TableEffect[]): string[] {
  return done.flatMap((effect, index) => {
    const before = planned[index];
    if (before === undefined || countsOf(before) === countsOf(effect)) return [];
    return [
      `${effect.name} changed after the plan was made: planned ${countsOf(before)}, done ${countsOf(effect)}`,
    ];
  });
}

function countsOf(effect: TableEffect): string {
  return `${effect.insert} to insert, ${effect.update} to update, ${effect.delete} to delete, ${effect.unchanged} unchanged`;
}
