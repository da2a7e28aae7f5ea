import type { Writable } from 'node:stream';
import { AppError, describeError } from '../errors.ts';

/**
 * Writes to the streams of a run. Unlike `console.log`, which says nothing when the disk behind standard output is
 * full, a failed write fails the run.
 */
export class Output {
  readonly #stdout: Writable;
  readonly #stderr: Writable;
  #failure: Error | null = null;

  constructor({ stdout, stderr }: { stdout: Writable; stderr: Writable }) {
    this.#stdout = stdout;
    this.#stderr = stderr;
    stdout.on('error', (error: Error) => {
      this.#failure ??= error;
    });
    // With no place left to complain, the exit code alone has to tell.
    stderr.on('error', () => undefined);
  }

  /** A part of the result. */
  result(text: string): void {
    this.#stdout.write(`${text}\n`);
  }

  /** Anything said about the run. */
  say(text: string): void {
    this.#stderr.write(`${text}\n`);
  }

  /**
   * Waits until everything is written.
   *
   * @throws AppError FOLDER.IO when the result could not be written
   */
  async flush(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#stdout.write('', () => resolve());
    });
    await new Promise<void>((resolve) => {
      this.#stderr.write('', () => resolve());
    });
    if (this.#failure === null) return;
    throw new AppError(
      'FOLDER.IO',
      `Cannot write the result to standard output: ${describeError(this.#failure)}`,
      {
        hint: 'What the command did is done; only its output is lost',
        cause: this.#failure,
      },
    );
  }
}
