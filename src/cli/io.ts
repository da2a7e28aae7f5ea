import type { Readable, Writable } from 'node:stream';
import type { DriveEndpoints } from '../ports/drive.ts';

/** The streams and surroundings of one run; tests give their own. */
export interface CliIo {
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly stdin: Readable;
  /** Whether a person sees standard error, and can answer on standard input. */
  readonly isTerminal: boolean;
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Aborted by a signal of the system; then `interruptCode` is the exit code. */
  readonly signal?: AbortSignal;
  readonly interruptCode?: () => number;
  /** Tests put their own Google here; nothing that a user can set does. */
  readonly driveEndpoints?: DriveEndpoints;
}
