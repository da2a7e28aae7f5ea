import type { ClockRecord } from '../retention/clock-watch.ts';
import type { DatabaseIdentity } from './database.ts';

/** One run of a command that changes something. */
export interface RunEntry {
  readonly id: string;
  readonly command: string;
  readonly started: string;
  /** Null while it runs, and for ever when it died. */
  readonly finished: string | null;
  readonly ok: boolean | null;
  /** The process, on the machine where it ran. */
  readonly process: number;
  /** What the command was asked for, such as the reference of a snapshot; not read back from the log of runs. */
  readonly subject?: string;
  /** The database that it works on, once that is known; not read back from the log of runs. */
  readonly database?: DatabaseIdentity;
}

/** A short log of what `health` has to know. Losing it loses no decision. */
export interface RunLog {
  readonly last: RunEntry | null;
  readonly lastSuccess: { readonly command: string; readonly finished: string } | null;
  /** Of backups, since the last one that went well. */
  readonly consecutiveFailures: number;
  readonly lastError: string | null;
  readonly clock: ClockRecord;
  /** How the last drill ended; absent when there was none. */
  readonly lastDrill?: { readonly snapshot: string; readonly finished: string; readonly ok: boolean };
}

/** How a run ended: its result, which is the command's JSON document, or what it threw. */
export type RunOutcome = { readonly result: object } | { readonly error: unknown };

/**
 * Is told of every run of a command that changes something: before its work begins and after it has ended. A run that
 * did not come to its work, as another one held the lock or as it was declined or stopped, only ends. Rejections are
 * noted for the operator and never change the run.
 */
export interface RunObserver {
  began(run: RunEntry): Promise<void>;
  ended(run: RunEntry, outcome: RunOutcome): Promise<void>;
}
