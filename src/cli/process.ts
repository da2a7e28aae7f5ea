import { constants } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { AppError } from '../errors.ts';
import type { CliIo } from './io.ts';
import { run } from './main.ts';

/** Runs the command line of this process; resolves to its exit code. `more` is what tests put in the place of the world. */
export async function runProcess(
  process: NodeJS.Process,
  more: Pick<CliIo, 'driveEndpoints'> = {},
): Promise<number> {
  // Prisma's parser and query compiler are large WebAssembly modules of which a run uses a little, once: optimising them
  // takes a third of a short command's time, and 60 MB.
  setFlagsFromString('--liftoff-only');
  const abort = new AbortController();
  let interruptCode = 130;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      interruptCode = 128 + constants.signals[signal];
      // Whoever asks twice does not want to wait for the rollback; the database does that by itself.
      if (abort.signal.aborted) process.exit(interruptCode);
      abort.abort(new AppError('RUN.INTERRUPTED', `Stopped by ${signal}; nothing was changed`));
    });
  }
  return run(process.argv.slice(2), {
    stdout: process.stdout,
    stderr: process.stderr,
    stdin: process.stdin,
    isTerminal: process.stderr.isTTY === true && process.stdin.isTTY === true,
    cwd: process.cwd(),
    ...more,
    signal: abort.signal,
    interruptCode: () => interruptCode,
  });
}
