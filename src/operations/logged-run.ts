import { AppError, describeError, type ErrorCode } from '../errors.ts';
import type { BackupFolder, Ports, RunEntry, RunLog, RunOutcome } from '../ports.ts';
import { watchClock } from '../retention/clock-watch.ts';
import type { Schedule } from '../retention/schedule.ts';

export interface RunDescription {
  readonly command: string;
  /** What the command was asked for, such as the reference of a snapshot. */
  readonly subject?: string;
  readonly schedule: Schedule;
  /** Whether it counts for the row of failures that `health` watches. */
  readonly isBackup: boolean;
}

/** The log before the first run. */
export const emptyRunLog: RunLog = {
  last: null,
  lastSuccess: null,
  consecutiveFailures: 0,
  lastError: null,
  clock: { highWater: null, leap: null },
};

/** A command that was not carried out is no failure of the backups. */
const notRun: ReadonlySet<ErrorCode> = new Set([
  'USAGE',
  'RUN.LOCKED',
  'RUN.INTERRUPTED',
  'SNAPSHOT.NAME',
  'SNAPSHOT.NOT_FOUND',
  'SNAPSHOT.AMBIGUOUS',
  'RESTORE.CONSENT',
  'CONSENT.MISSING',
]);

/**
 * Runs the work of a command that changes something, and notes its begin and its end: in the folder's short log of
 * runs, and with the observers. The begin is noted as soon as the work holds the run lock. Trouble with the notes is
 * said and changes nothing.
 */
export async function loggedRun<T extends object>(
  ports: Ports,
  description: RunDescription,
  work: (ports: Ports) => Promise<T>,
): Promise<T> {
  const run = new LoggedRun(ports, description);
  try {
    const result = await work({ ...ports, folder: announcing(ports.folder, () => run.begin()) });
    await run.end({ result });
    return result;
  } catch (error) {
    await run.end({ error });
    throw error;
  }
}

class LoggedRun {
  readonly #ports: Ports;
  readonly #description: RunDescription;
  #entry: RunEntry;
  #hasBegun = false;

  constructor(ports: Ports, description: RunDescription) {
    this.#ports = ports;
    this.#description = description;
    this.#entry = {
      id: ports.newId(),
      command: description.command,
      started: ports.clock.now().toISOString(),
      finished: null,
      ok: null,
      process: ports.processId,
      ...(description.subject === undefined ? {} : { subject: description.subject }),
    };
  }

  async begin(): Promise<void> {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    const { clock } = this.#ports;
    await this.#change((log) => ({
      ...log,
      last: this.#entry,
      clock: watchClock(log.clock, clock.now(), this.#description.schedule),
    }));
    await this.#tell((observer) => observer.began(this.#entry));
  }

  async end(outcome: RunOutcome): Promise<void> {
    const isAbandoned = 'error' in outcome && isNotRun(outcome.error);
    if (isAbandoned && !this.#hasBegun) return;
    // A run that failed before it came to the lock has begun all the same.
    await this.begin();
    const finished = this.#ports.clock.now().toISOString();
    this.#entry = { ...this.#entry, finished, ok: !('error' in outcome) };
    await this.#change((log) => (isAbandoned ? this.#noteLast(log) : this.#noteEnd(log, finished, outcome)));
    await this.#tell((observer) => observer.ended(this.#entry, outcome));
  }

  #noteLast(log: RunLog): RunLog {
    // Another run may have begun since the lock was released: its entry stays.
    return log.last === null || log.last.id === this.#entry.id ? { ...log, last: this.#entry } : log;
  }

  #noteEnd(before: RunLog, finished: string, outcome: RunOutcome): RunLog {
    const log = this.#noteLast(before);
    const { command, isBackup } = this.#description;
    if (!isBackup) return log;
    if ('error' in outcome) {
      const lastError = describeError(outcome.error);
      return { ...log, consecutiveFailures: log.consecutiveFailures + 1, lastError };
    }
    return { ...log, lastSuccess: { command, finished }, consecutiveFailures: 0, lastError: null };
  }

  async #change(next: (log: RunLog) => RunLog): Promise<void> {
    const { folder, progress } = this.#ports;
    try {
      await folder.writeRuns(next((await folder.readRuns()) ?? emptyRunLog));
    } catch (error) {
      progress.note(`The log of runs could not be written: ${describeError(error)}`);
    }
  }

  async #tell(say: (observer: NonNullable<Ports['observers']>[number]) => Promise<void>): Promise<void> {
    for (const observer of this.#ports.observers ?? []) {
      try {
        await say(observer);
      } catch (error) {
        this.#ports.progress.note(`The run could not be recorded: ${describeError(error)}`);
      }
    }
  }
}

function isNotRun(error: unknown): boolean {
  return error instanceof AppError && notRun.has(error.code);
}

/** The same folder, which tells when its run lock was taken. */
function announcing(folder: BackupFolder, onLocked: () => Promise<void>): BackupFolder {
  return {
    path: folder.path,
    folderFor: (identity) => folder.folderFor(identity),
    exists: () => folder.exists(),
    async lock() {
      const lock = await folder.lock();
      await onLocked();
      return lock;
    },
    list: (options) => folder.list(options),
    find: (reference) => folder.find(reference),
    owner: () => folder.owner(),
    freeBytes: () => folder.freeBytes(),
    createPartial: () => folder.createPartial(),
    saveSidecar: (snapshotPath, sidecar) => folder.saveSidecar(snapshotPath, sidecar),
    deleteSnapshot: (snapshotPath) => folder.deleteSnapshot(snapshotPath),
    examine: () => folder.examine(),
    readRuns: () => folder.readRuns(),
    writeRuns: (log) => folder.writeRuns(log),
    readLastRestore: () => folder.readLastRestore(),
    writeLastRestore: (record) => folder.writeLastRestore(record),
    removeLastRestore: () => folder.removeLastRestore(),
  };
}
