import { Readable } from 'node:stream';
import type { Store, UploadSource } from '../ports/store.ts';

export interface RateOptions {
  readonly bytesPerSecond: number;
  readonly nowMs: () => number;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
}

const sliceBytes = 16 * 1024;

/** The same store, which takes and gives no more bytes a second on average, over all its calls together. */
export function limitRate(store: Store, options: RateOptions): Store {
  const { bytesPerSecond, nowMs, sleep } = options;
  let freeAtMs = nowMs();

  async function* slowly(stream: Readable, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      for (let at = 0; at < chunk.length; at += sliceBytes) {
        const slice = chunk.subarray(at, at + sliceBytes);
        const waitMs = freeAtMs - nowMs();
        if (waitMs > 0) await sleep(waitMs, signal);
        // Time in which nothing was to be sent is not saved up.
        freeAtMs = Math.max(freeAtMs, nowMs()) + (slice.length * 1000) / bytesPerSecond;
        yield slice;
      }
    }
  }

  return {
    name: store.name,
    put: (name, source, put) =>
      store.put(
        name,
        slowSource(source, (stream) => slowly(stream, put?.signal)),
        put,
      ),
    get: async (name, get) =>
      Readable.from(slowly(await store.get(name, get), get?.signal), { objectMode: false }),
    list: (call) => store.list(call),
    stat: (name, call) => store.stat(name, call),
    delete: (name, call) => store.delete(name, call),
    quota: (call) => store.quota(call),
    close: () => store.close(),
  };
}

function slowSource(
  source: UploadSource,
  slowly: (stream: Readable) => AsyncGenerator<Uint8Array>,
): UploadSource {
  return { ...source, open: (range) => Readable.from(slowly(source.open(range)), { objectMode: false }) };
}
