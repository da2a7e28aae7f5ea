import { Readable } from 'node:stream';
import type { CallOptions, Store, TransferOptions, UploadSource } from '../ports/store.ts';
import { StoreError } from './store-error.ts';

export interface IdleOptions {
  /** How long nothing may move. */
  readonly idleMs: number;
}

/**
 * The same store, in which a call that does not move ends with STORE.LOST. What moves it: bytes that are read to be
 * sent, bytes that are through, bytes that come.
 */
export function limitIdle(store: Store, { idleMs }: IdleOptions): Store {
  const watched = <T>(call: CallOptions | undefined, work: (watch: Watch) => Promise<T>): Promise<T> =>
    new Watch({ idleMs, store: store.name }, call?.signal).run(work);
  return {
    name: store.name,
    put: (name, source, options = {}) =>
      watched(options, (watch) =>
        store.put(name, watch.source(source), {
          ...options,
          ...watch.progress(options),
          signal: watch.signal,
        }),
      ),
    async get(name, options = {}) {
      const watch = new Watch({ idleMs, store: store.name }, options.signal);
      const stream = await watch.begin(store.get(name, { ...options, signal: watch.signal }));
      return Readable.from(watch.chunks(stream), { objectMode: false });
    },
    list: (call) => watched(call, ({ signal }) => store.list({ signal })),
    stat: (name, call) => watched(call, ({ signal }) => store.stat(name, { signal })),
    delete: (name, call) => watched(call, ({ signal }) => store.delete(name, { signal })),
    quota: (call) => watched(call, ({ signal }) => store.quota({ signal })),
    close: () => store.close(),
  };
}

/** Aborts a call when nothing has moved for too long. */
class Watch {
  readonly signal: AbortSignal;
  readonly #controller = new AbortController();
  readonly #idleMs: number;
  readonly #idle: StoreError;
  #timer: NodeJS.Timeout | undefined;

  constructor({ idleMs, store }: IdleOptions & { readonly store: string }, outer: AbortSignal | undefined) {
    this.#idleMs = idleMs;
    this.#idle = new StoreError(
      'STORE.LOST',
      `The connection to ${store} did not move for ${idleMs / 1000} s`,
    );
    this.#restart();
    this.signal =
      outer === undefined ? this.#controller.signal : AbortSignal.any([outer, this.#controller.signal]);
  }

  async run<T>(work: (watch: Watch) => Promise<T>): Promise<T> {
    try {
      return await this.#orIdle(work(this));
    } finally {
      clearTimeout(this.#timer);
    }
  }

  /** As `run`, for a call whose stream is watched on. */
  async begin<T>(work: Promise<T>): Promise<T> {
    try {
      return await this.#orIdle(work);
    } catch (error) {
      clearTimeout(this.#timer);
      throw error;
    }
  }

  async *chunks(stream: Readable): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of stream as AsyncIterable<Uint8Array>) {
        // While the reader thinks, nothing is expected of the store.
        clearTimeout(this.#timer);
        yield chunk;
        this.#restart();
      }
    } catch (error) {
      throw this.#reason(error);
    } finally {
      clearTimeout(this.#timer);
    }
  }

  source(source: UploadSource): UploadSource {
    return {
      ...source,
      open: (range) => Readable.from(this.#counted(source.open(range)), { objectMode: false }),
    };
  }

  progress({ advance }: TransferOptions): Required<Pick<TransferOptions, 'advance'>> {
    return {
      advance: (bytes) => {
        this.#restart();
        advance?.(bytes);
      },
    };
  }

  async *#counted(stream: Readable): AsyncGenerator<Uint8Array> {
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      this.#restart();
      yield chunk;
    }
  }

  #restart(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#controller.abort(this.#idle), this.#idleMs);
  }

  async #orIdle<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      throw this.#reason(error);
    }
  }

  #reason(error: unknown): unknown {
    return this.#controller.signal.aborted && error !== this.#idle && !(error instanceof StoreError)
      ? this.#idle
      : error;
  }
}
