import { AppError, describeError } from '../../errors.ts';
import type { HistoryRun, RunOutcome, RunResult } from '../../ports.ts';
import { formatTableName } from '../../snapshot/table.ts';
import { maskUrls } from '../../util/mask-url.ts';
import type { AutoResult } from '../auto-request.ts';
import type { TierServed } from '../back-up-tier.ts';
import type { BackupResult } from '../backup.ts';
import type { CleanupResult } from '../cleanup.ts';
import type { DeleteResult } from '../delete-snapshot.ts';
import type { PinResult } from '../pin-snapshot.ts';
import type { RestoreResult } from '../restoring/request.ts';

/** The documents of the commands that change something. */
export type RecordedResult =
  | BackupResult
  | TierServed
  | AutoResult
  | RestoreResult
  | CleanupResult
  | DeleteResult
  | PinResult;

export type RunFacts = Pick<
  HistoryRun,
  'result' | 'database' | 'snapshot' | 'tables' | 'rows' | 'bytes' | 'error' | 'details'
>;

/** A list of tables in the history is for people; a database with more has its snapshot's manifest. */
const mostListed = 500;

const nothing: RunFacts = {
  ...{ result: 'succeeded', database: null, snapshot: null, tables: null, rows: null, bytes: null },
  ...{ error: null, details: null },
};

/** What the history keeps of how a run ended. `isInterrupted`: the operator stopped it, whatever was thrown then. */
export function factsOf(outcome: RunOutcome, isInterrupted: boolean): RunFacts {
  if ('result' in outcome) return factsOfResult(outcome.result as RecordedResult);
  const { error } = outcome;
  const code = error instanceof AppError ? error.code : 'BUG';
  return {
    ...nothing,
    result: isInterrupted ? 'interrupted' : (resultsOfErrors[code] ?? 'failed'),
    error: { code, message: maskUrls(describeError(error)) },
  };
}

const resultsOfErrors: Readonly<Partial<Record<string, RunResult>>> = {
  'RESTORE.CONSENT': 'declined',
  'CONSENT.MISSING': 'declined',
  'RUN.LOCKED': 'locked',
  'RUN.INTERRUPTED': 'interrupted',
};

/** Whether the run looked and found nothing to do: no event for the history. */
export function isIdle(outcome: RunOutcome): boolean {
  if ('error' in outcome) return false;
  const result = outcome.result as RecordedResult;
  return (result.command === 'backup' || result.command === 'auto') && result.snapshot === null;
}

function factsOfResult(result: RecordedResult): RunFacts {
  switch (result.command) {
    case 'backup':
    case 'auto':
      return factsOfBackup(result);
    case 'restore':
    case 'undo':
      return factsOfRestore(result);
    case 'cleanup':
      return factsOfCleanup(result);
    case 'delete':
      return factsOfDelete(result);
    case 'pin':
    case 'unpin':
      return { ...nothing, snapshot: result.snapshot.name };
  }
}

function factsOfBackup(result: BackupResult | TierServed | AutoResult): RunFacts {
  if (result.snapshot === null) return nothing;
  const { name, bytes, rows, tables } = result.snapshot;
  const removed = result.command === 'auto' && result.cleanup !== null ? namesOfRemoved(result.cleanup) : [];
  return {
    ...nothing,
    result: result.ok ? 'succeeded' : 'findings',
    ...{ snapshot: name, bytes, rows, tables: tables.length },
    details: {
      tables: tables
        .slice(0, mostListed)
        .map((table) => ({ table: formatTableName(table), rows: table.rows })),
      ...(removed.length === 0 ? {} : { removed }),
    },
  };
}

function factsOfRestore({ snapshot, database, tables, safety }: RestoreResult): RunFacts {
  const changed = tables
    .map((table) => ({ ...table, changed: table.insert + table.update + table.delete }))
    .filter((table) => table.changed > 0);
  return {
    ...nothing,
    snapshot: snapshot.name,
    database: database.host === null ? database.name : `${database.name} on ${database.host}`,
    tables: changed.length,
    rows: changed.reduce((sum, table) => sum + table.changed, 0),
    details: {
      tables: changed.slice(0, mostListed).map((table) => ({
        table: formatTableName(table),
        ...{ insert: table.insert, update: table.update, delete: table.delete },
      })),
      ...(safety === null ? {} : { safety: [safety.path] }),
    },
  };
}

function factsOfCleanup(result: CleanupResult): RunFacts {
  return { ...nothing, bytes: result.freedBytes, details: { removed: namesOfRemoved(result) } };
}

function namesOfRemoved({ decisions }: CleanupResult): readonly string[] {
  return decisions.filter(({ action }) => action === 'remove').map(({ name }) => name);
}

function factsOfDelete({ snapshot }: DeleteResult): RunFacts {
  const { name, rows, bytes } = snapshot;
  return { ...nothing, snapshot: name, rows, bytes, details: { removed: [name] } };
}
