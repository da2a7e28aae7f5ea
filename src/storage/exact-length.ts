import type { Readable } from 'node:stream';
import { describeError } from '../errors.ts';
import { StoreError } from './store-error.ts';

/** The chunks of a stream that must hold exactly so many bytes; anything else, or a broken stream, is STORE.LOST. */
export async function* exactLength(
  source: Readable | AsyncIterable<Uint8Array>,
  { bytes, what, signal }: { readonly bytes: number; readonly what: string; readonly signal?: AbortSignal },
): AsyncGenerator<Uint8Array> {
  let seen = 0;
  try {
    for await (const chunk of source as AsyncIterable<Uint8Array>) {
      seen += chunk.length;
      if (seen > bytes) break;
      yield chunk;
    }
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason;
    if (error instanceof StoreError) throw error;
    throw new StoreError(
      'STORE.LOST',
      `${what} broke off after ${seen} of ${bytes} bytes: ${describeError(error)}`,
      {
        cause: error,
      },
    );
  }
  if (seen !== bytes)
    throw new StoreError('STORE.LOST', `${what} ended after ${seen} bytes, and there should be ${bytes}`);
}
