import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Heap } from './heap.ts';

const program = fileURLToPath(new URL('heap-process.ts', import.meta.url));
/** A heap takes about a second; where a reader hangs, its process never answers. */
const maxAnswerMs = 120_000;

/**
 * Reads heaps in a process of its own. A crash or a hang of the reader is then a violation, and not the end of the
 * campaign; and its memory is small, which makes it several times as fast as within the campaign.
 */
export class HeapReader {
  #child: ChildProcess | null = null;

  /** What the reader did wrong. */
  async read(heap: Heap): Promise<string[]> {
    this.#child ??= fork(program, { execArgv: ['--import', 'tsx'] });
    const child = this.#child;
    const ended = new AbortController();
    const hung = setTimeout(() => child.kill('SIGKILL'), maxAnswerMs);
    try {
      child.send(heap);
      return await Promise.race([
        once(child, 'message', { signal: ended.signal }).then(([violations]) => violations as string[]),
        once(child, 'exit', { signal: ended.signal }).then(([code, signal]) => this.#forget(code, signal)),
      ]);
    } finally {
      clearTimeout(hung);
      ended.abort();
    }
  }

  close(): void {
    this.#child?.kill();
  }

  /** The next heap gets a new process. */
  #forget(code: number | null, signal: string | null): string[] {
    this.#child = null;
    const why = signal === 'SIGKILL' ? `no answer for ${maxAnswerMs / 1000} s` : `exit ${code ?? signal}`;
    return [`the process of the reader ended: ${why}`];
  }
}
