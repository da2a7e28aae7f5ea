import { AppError, describeError, type ErrorCode } from '../errors.ts';
import type { BackupFolder } from '../ports/backup-folder.ts';
import type { DatabaseIdentity, Engines } from '../ports/database.ts';
import type { Ports } from '../ports/ports.ts';
import type { RunEntry, RunLog, RunOutcome } from '../ports/run.ts';
import { watchClock } from '../retention/clock-watch.ts';
import type { Schedule } from '../retention/schedule.ts';
import { wrapFolder } from './wrap-folder.ts';

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
const notCarriedOut: ReadonlySet<ErrorCode> = new Set([
  'RUN.LOCKED',
  'RUN.INTERRUPTED',
  'RESTORE.CONSENT',
  'CONSENT.MISSING',
]);

/** The same, by a mistake in the command line. */
const mistakes: ReadonlySet<ErrorCode> = new Set([
  'USAGE',
  'SNAPSHOT.NAME',
  'SNAPSHOT.NOT_FOUND',
  'SNAPSHOT.AMBIGUOUS',
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
    const result = await work({
      ...ports,
      folder: announcing(ports.folder, () => run.begin()),
      engines: announcingIdentity(ports.engines, (identity) => run.worksOn(identity)),
    });
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

  worksOn(database: DatabaseIdentity): void {
    this.#entry = { ...this.#entry, database };
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
    const { clock, signal } = this.#ports;
    // What is thrown after the operator has stopped a run only follows from that.
    const isStopped = signal?.aborted === true || hasCode(outcome, notCarriedOut);
    const isAbandoned = 'error' in outcome && (isStopped || hasCode(outcome, mistakes));
    if (isAbandoned && !isStopped && !this.#hasBegun) return;
    // A run that failed before it came to the lock has begun all the same.
    if (!isAbandoned) await this.begin();
    const finished = clock.now().toISOString();
    this.#entry = { ...this.#entry, finished, ok: !('error' in outcome) };
    // The log of runs belongs to whoever holds the lock.
    if (this.#hasBegun)
      await this.#change((log) =>
        isAbandoned ? this.#noteLast(log) : this.#noteEnd(log, finished, outcome),
      );
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

function hasCode(outcome: RunOutcome, codes: ReadonlySet<ErrorCode>): boolean {
  return 'error' in outcome && outcome.error instanceof AppError && codes.has(outcome.error.code);
}

/** The same engines, which tell what database is meant. */
function announcingIdentity(engines: Engines, onFound: (identity: DatabaseIdentity) => void): Engines {
  return {
    ...engines,
    async identify(target) {
      const identity = await engines.identify(target);
      onFound(identity);
      return identity;
    },
  };
}

/** The same folder, which tells when its run lock was taken. */
function announcing(folder: BackupFolder, onLocked: () => Promise<void>): BackupFolder {
  return wrapFolder(folder, {
    async lock() {
      const lock = await folder.lock();
      await onLocked();
      return lock;
    },
  });
}
