import { AppError, describeError } from '../../errors.ts';
import type { BackupFolder, RestoreRecord } from '../../ports/backup-folder.ts';
import type { RestoreTransaction } from '../../ports/database.ts';
import type { Ports } from '../../ports/ports.ts';
import { aboutFolder } from '../folder-errors.ts';
import { isPartial } from '../table-choice.ts';
import type { TakenSnapshot } from '../take-snapshot.ts';
import { applyPlan } from './apply.ts';
import { type Decision, definitionOf, type RestoreRun, scopeOf } from './decision.ts';
import { effectOf, failuresOf, planRestore, type TableEffect } from './plan.ts';
import { refusal } from './refusal.ts';
import type { RestoreRequest } from './request.ts';
import { checkSafety } from './safety-check.ts';

export interface Write extends Decision {
  readonly safety: TakenSnapshot | null;
  readonly effects: readonly TableEffect[];
}

/** The one transaction, between two records of it. */
export async function write(
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
    safety: decided.safety?.path ?? null,
    statements: [],
  };
  const previous = await folder.readLastRestore();
  await writeRecord(folder, record);
  ports.progress.phase('waiting for locks', null);
  const transaction = await database
    .openRestore({
      scope: scopeOf(run, request),
      tables: decided.chosen.map(({ table }) => table),
      createSchema: definitionOf(run, request),
      dropTriggers: request.dropTriggers,
      saveJournal: ({ statements }) => writeRecord(folder, { ...record, statements }),
    })
    .catch(async (error: unknown) => {
      // What is left to put back stands in the record, for `undo`.
      const isUnfinished = error instanceof AppError && error.code === 'RESTORE.UNFINISHED';
      if (!isUnfinished) await forget(folder, previous);
      throw error;
    });
  const warnings = await inTransaction(ports, {
    run,
    request,
    decided,
    transaction,
    forget: () => forget(folder, previous),
  });
  const unnoted = await noteFinished(folder, { ...record, finished: ports.clock.now().toISOString() });
  return [...warnings, ...unnoted];
}

/**
 * Runs a change that leaves nothing to put back, between two records of it; when it throws, the record is again what it
 * was.
 *
 * @returns sentences for the operator
 */
export async function recorded(
  ports: Ports,
  { folder, record }: { readonly folder: BackupFolder; readonly record: RestoreRecord },
  work: () => Promise<void>,
): Promise<readonly string[]> {
  const previous = await folder.readLastRestore();
  await writeRecord(folder, record);
  try {
    await work();
  } catch (error) {
    await forget(folder, previous);
    throw error;
  }
  return noteFinished(folder, { ...record, finished: ports.clock.now().toISOString() });
}

async function writeRecord(folder: BackupFolder, record: RestoreRecord): Promise<void> {
  try {
    await folder.writeLastRestore(record);
  } catch (error) {
    throw aboutFolder(error, folder.path);
  }
}

/** The rows are there and durable: that only the record of it cannot be written must not look like a failed restore. */
async function noteFinished(folder: BackupFolder, record: RestoreRecord): Promise<string[]> {
  try {
    await folder.writeLastRestore(record);
    return [];
  } catch (error) {
    return [
      `The restore is complete, but that could not be noted in ${folder.path}: ${describeError(error)}; it will be shown as interrupted`,
    ];
  }
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

/** What a commit throws that may have changed the rows all the same. */
const codesBehindCommit: ReadonlySet<string> = new Set(['DATABASE.LOST', 'RESTORE.UNFINISHED']);

async function inTransaction(
  ports: Ports,
  { run, request, decided, transaction, forget }: Transacting,
): Promise<string[]> {
  let isCommitting = false;
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
    if (request.safety) await checkSafety(ports, { safety: decided.safety, transaction, plan });
    const isWhole = !file.header.partial && !isPartial(request.selection);
    const found = await applyPlan(ports, { file, transaction, plan, policy, isWhole });
    ports.signal?.throwIfAborted();
    ports.progress.phase('committing', null);
    isCommitting = true;
    const left = await transaction.commit();
    return [...movedSince(decided.effects, plan.tables.map(effectOf)), ...found, ...left];
  } catch (error) {
    // Where it was committed, or nobody knows whether it was, the record stays, and with it the way back.
    const mayBeDone = isCommitting && error instanceof AppError && codesBehindCommit.has(error.code);
    await rollBack(transaction, mayBeDone ? async () => undefined : forget, error);
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
      `The restore failed and could not be taken back completely: ${describeError(first)}; ${describeError(error)}`,
      {
        hint: 'When the database can be reached again run: holdfast undo',
        cause: first,
      },
    );
  }
  await forget();
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
