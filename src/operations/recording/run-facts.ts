import { AppError, describeError } from '../../errors.ts';
import type { HistoryRun, RunResult } from '../../ports/history.ts';
import type { RunEntry, RunOutcome } from '../../ports/run.ts';
import { formatTableName } from '../../snapshot/table.ts';
import { verdictOf } from '../../util/copies-verdict.ts';
import { maskUrls } from '../../util/mask-url.ts';
import type { AutoResult } from '../auto-request.ts';
import type { TierServed } from '../back-up-tier.ts';
import type { BackupResult } from '../backup.ts';
import type { CleanupResult } from '../cleanup.ts';
import type { DeleteResult } from '../delete-snapshot.ts';
import type { DrillResult } from '../drilling/request.ts';
import type { PinResult } from '../pin-snapshot.ts';
import type { RestoreResult } from '../restoring/request.ts';
import type { ScheduleResult } from '../schedule.ts';
import type { SyncedTarget, SyncResult } from '../sync.ts';

/** The documents of the commands that change something. */
export type RecordedResult =
  | BackupResult
  | TierServed
  | AutoResult
  | RestoreResult
  | DrillResult
  | CleanupResult
  | SyncResult
  | DeleteResult
  | PinResult
  | ScheduleResult;

export type RunFacts = Pick<
  HistoryRun,
  'result' | 'snapshot' | 'tables' | 'rows' | 'bytes' | 'error' | 'details'
>;

/** A list of tables in the history is for people; a database with more has its snapshot's manifest. */
const mostListed = 500;

const nothing: RunFacts = {
  ...{ result: 'succeeded', snapshot: null, tables: null, rows: null, bytes: null },
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

/** Whether the run looked and found nothing to do, or left it to the next `auto`: no event for the history. */
export function isIdle({ command }: RunEntry, outcome: RunOutcome): boolean {
  if ('error' in outcome) {
    return command === 'auto' && outcome.error instanceof AppError && outcome.error.code === 'RUN.LOCKED';
  }
  const result = outcome.result as RecordedResult;
  if (result.command === 'backup' || result.command === 'auto') return result.snapshot === null;
  return 'changed' in result && !result.changed;
}

function factsOfResult(result: RecordedResult): RunFacts {
  switch (result.command) {
    case 'backup':
    case 'auto':
      return factsOfBackup(result);
    case 'restore':
    case 'undo':
      return factsOfRestore(result);
    case 'drill':
      return factsOfDrill(result);
    case 'cleanup':
      return factsOfCleanup(result);
    case 'sync':
      return factsOfSync(result);
    case 'delete':
      return factsOfDelete(result);
    case 'pin':
    case 'unpin':
      return { ...nothing, snapshot: result.snapshot.name };
    case 'schedule install':
    case 'schedule remove':
    case 'schedule status':
      return nothing;
  }
}

function factsOfBackup(result: BackupResult | TierServed | AutoResult): RunFacts {
  if (result.snapshot === null) return nothing;
  const { name, bytes, rows, tables } = result.snapshot;
  const removed = result.command === 'auto' && result.cleanup !== null ? namesOfRemoved(result.cleanup) : [];
  return {
    ...nothing,
    ...(result.ok ? {} : { result: 'findings' as const }),
    ...factsOfCopies(result.offsite),
    ...{ snapshot: name, bytes, rows, tables: tables.length },
    details: {
      tables: tables
        .slice(0, mostListed)
        .map((table) => ({ table: formatTableName(table), rows: table.rows })),
      ...(removed.length === 0 ? {} : { removed }),
      ...listCopies(result.offsite),
    },
  };
}

/** A required target that failed is a failure of the run, although the snapshot is here and good. */
function factsOfCopies(targets: readonly SyncedTarget[]): Partial<RunFacts> {
  const verdict = verdictOf(targets);
  if (verdict === 'done') return {};
  const failed = targets.find(({ ok, required }) => !ok && required);
  if (failed === undefined) return { result: 'findings' };
  const { code = 'STORE.VERIFY', message } = failed.error ?? failed.withheld ?? {};
  const reason = message ?? 'copies there are not as they should be';
  return {
    result: 'failed',
    error: { code, message: `Not copied to the required target ${failed.target}: ${maskUrls(reason)}` },
  };
}

function listCopies(targets: readonly SyncedTarget[]): { readonly offsite?: readonly object[] } {
  if (targets.length === 0) return {};
  const offsite = targets.map(({ target, ok, copied, bytes, error, withheld }) => {
    const reason = error ?? withheld;
    return {
      ...{ target, ok, copied, bytes },
      error: reason === null ? null : { code: reason.code, message: maskUrls(reason.message) },
    };
  });
  return { offsite };
}

function factsOfSync({ targets }: SyncResult): RunFacts {
  const bytes = targets.reduce((sum, target) => sum + target.bytes, 0);
  return { ...nothing, ...factsOfCopies(targets), bytes, details: listCopies(targets) };
}

function factsOfRestore({ snapshot, tables, safety }: RestoreResult): RunFacts {
  const changed = tables
    .map((table) => ({ ...table, changed: table.insert + table.update + table.delete }))
    .filter((table) => table.changed > 0);
  return {
    ...nothing,
    snapshot: snapshot.name,
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

function factsOfDrill({ ok, snapshot, tables, rows, findings, scratch }: DrillResult): RunFacts {
  const found = findings.slice(0, mostListed).map(({ check, table, count }) => ({ check, table, count }));
  return {
    ...nothing,
    ...(ok ? {} : { result: 'findings' as const }),
    ...{ snapshot: snapshot.name, tables: tables.length, rows, bytes: snapshot.bytes },
    details: { ...(scratch === null ? {} : { scratch: [scratch.name] }), ...(ok ? {} : { findings: found }) },
  };
}

function factsOfCleanup(result: CleanupResult): RunFacts {
  const isWhole = result.ok ? {} : { result: 'findings' as const };
  return { ...nothing, ...isWhole, bytes: result.freedBytes, details: { removed: namesOfRemoved(result) } };
}

function namesOfRemoved({ decisions }: CleanupResult): readonly string[] {
  return decisions.filter(({ action }) => action === 'remove').map(({ name }) => name);
}

function factsOfDelete({ snapshot }: DeleteResult): RunFacts {
  const { name, rows, bytes } = snapshot;
  return { ...nothing, snapshot: name, rows, bytes, details: { removed: [name] } };
}
