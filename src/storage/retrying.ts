import { Readable } from 'node:stream';
import { AppError } from '../errors.ts';
import type { PutOptions, Store, TransferOptions, UploadMemory } from '../ports/store.ts';
import { isPassing, StoreError } from './store-error.ts';

export interface RetryLimits {
  /** How often a call is tried in a row without one byte more getting through. */
  readonly tries: number;
  /** Before the second try; doubled before each further one. */
  readonly firstWaitMs: number;
  readonly longestWaitMs: number;
  /** Of one call with all its tries and waits; no try begins after it. */
  readonly deadlineMs: number;
}

export interface RetryOptions extends RetryLimits {
  readonly nowMs: () => number;
  /** Rejects with the signal's reason when that is aborted. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** From 0 up to 1: waits are spread, so that many machines do not come back at the same moment. */
  readonly random: () => number;
}

export const usualRetries: RetryLimits = {
  tries: 6,
  firstWaitMs: 1000,
  longestWaitMs: 60_000,
  deadlineMs: 6 * 3_600_000,
};

/**
 * The same store, in which failures that may pass are tried again. A `put` goes on where it was, through its memory; a
 * stream of `get` goes on behind the last byte that came.
 */
export function retrying(store: Store, options: RetryOptions): Store {
  const start = (signal: AbortSignal | undefined): Attempts => new Attempts(options, signal);
  return {
    name: store.name,
    put: (name, source, put = {}) => {
      const attempts = start(put.signal);
      const kept: PutOptions = { ...put, memory: put.memory ?? shortMemory() };
      return attempts.run(() => store.put(name, source, withProgress(kept, attempts)));
    },
    async get(name, get = {}) {
      const attempts = start(get.signal);
      const { start: from = 0, ...rest } = get;
      const first = await attempts.run(() =>
        store.get(name, { ...withProgress(rest, attempts), start: from }),
      );
      return Readable.from(continued(store, { name, from, options: rest, attempts, first }), {
        objectMode: false,
      });
    },
    list: (call) => start(call?.signal).run(() => store.list(call)),
    stat: (name, call) => start(call?.signal).run(() => store.stat(name, call)),
    delete: (name, call) => start(call?.signal).run(() => store.delete(name, call)),
    quota: (call) => start(call?.signal).run(() => store.quota(call)),
    close: () => store.close(),
  };
}

/** Forgotten with the process: parts are not sent twice within one call, at least. */
function shortMemory(): UploadMemory {
  let text: string | null = null;
  return {
    read: async () => text,
    write: async (next) => {
      text = next;
    },
    forget: async () => {
      text = null;
    },
  };
}

/** Tells of each byte once, whatever is sent again. */
function withProgress<T extends TransferOptions>(options: T, attempts: Attempts): T {
  let now = 0;
  const advance = (bytes: number): void => {
    now += bytes;
    const more = attempts.reach(now);
    if (more > 0) options.advance?.(more);
  };
  return { ...options, advance };
}

interface Reading {
  readonly name: string;
  readonly from: number;
  readonly options: TransferOptions;
  readonly attempts: Attempts;
  readonly first: Readable;
}

async function* continued(
  store: Store,
  { name, from, options, attempts, first }: Reading,
): AsyncGenerator<Uint8Array> {
  let stream = first;
  let got = 0;
  for (;;) {
    try {
      for await (const chunk of stream as AsyncIterable<Uint8Array>) {
        got += chunk.length;
        yield chunk;
      }
      return;
    } catch (error) {
      await attempts.waitAfter(error);
      const start = from + got;
      // What came before is told of already: the offset counts from there.
      const advance = (bytes: number): void => {
        attempts.reach(got);
        options.advance?.(bytes);
      };
      stream = await attempts.run(() => store.get(name, { ...options, advance, start }));
    }
  }
}

/** The tries of one call. */
class Attempts {
  readonly #options: RetryOptions;
  readonly #signal: AbortSignal | undefined;
  readonly #startMs: number;
  #failures = 0;
  #reached = 0;

  constructor(options: RetryOptions, signal: AbortSignal | undefined) {
    this.#options = options;
    this.#signal = signal;
    this.#startMs = options.nowMs();
  }

  async run<T>(attempt: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        await this.waitAfter(error);
      }
    }
  }

  /** Notes that so many bytes are through, and returns how many are new; they make up for former failures. */
  reach(bytes: number): number {
    const more = bytes - this.#reached;
    if (more <= 0) return 0;
    this.#reached = bytes;
    this.#failures = 0;
    return more;
  }

  /** @throws the error when another try would be of no use, or too late */
  async waitAfter(error: unknown): Promise<void> {
    if (!isPassing(error) || this.#signal?.aborted === true) throw error;
    this.#failures++;
    const { tries, deadlineMs, nowMs, sleep } = this.#options;
    if (this.#failures >= tries) throw givenUp(error, `after ${tries} tries`);
    const waitMs = this.#waitMs(error);
    if (nowMs() - this.#startMs + waitMs > deadlineMs)
      throw givenUp(error, 'because the time for it is over');
    await sleep(waitMs, this.#signal);
  }

  #waitMs(error: AppError): number {
    const { firstWaitMs, longestWaitMs, random } = this.#options;
    const ceiling = Math.min(longestWaitMs, firstWaitMs * 2 ** (this.#failures - 1));
    const spread = ceiling / 2 + (ceiling / 2) * random();
    return Math.max(spread, error instanceof StoreError ? (error.retryAfterMs ?? 0) : 0);
  }
}

function givenUp(error: AppError, why: string): AppError {
  const hint = error.hint ?? 'Run it again when the store can be reached: holdfast sync';
  return new AppError(error.code, `${error.message} (given up ${why})`, { hint, cause: error });
}
