import { createHash, hash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { AppError } from '../errors.ts';
import type { Clock } from '../ports/ports.ts';
import type { Store, StoreQuota, UploadSource } from '../ports/store.ts';

export interface StoreTestResult {
  readonly ok: true;
  readonly target: string;
  readonly bytes: number;
  readonly quota: StoreQuota | null;
  readonly durationMs: number;
}

const testBytes = 1024;

/**
 * Stores 1 KB, reads it back, compares it and deletes it: proof that copies will arrive, before the night when they
 * have to.
 *
 * @throws AppError STORE.*; the file is deleted as far as the store lets itself be asked
 */
export async function testStore(
  store: Store,
  { clock, id, signal }: { readonly clock: Clock; readonly id: string; readonly signal?: AbortSignal },
): Promise<StoreTestResult> {
  const started = clock.now();
  const options = signal === undefined ? {} : { signal };
  const name = `holdfast-test-${id}.bin`;
  const content = randomBytes(testBytes);
  await store.put(name, sourceOf(content), options);
  try {
    await compare(await store.get(name, options), { content, store });
  } catch (error) {
    // The first failure is what has to be told; a file of 1 KB may stay.
    await store.delete(name).catch(() => undefined);
    throw error;
  }
  await store.delete(name, options);
  const quota = await store.quota(options);
  const durationMs = clock.now().getTime() - started.getTime();
  return { ok: true, target: store.name, bytes: testBytes, quota, durationMs };
}

async function compare(
  stream: Readable,
  { content, store }: { readonly content: Buffer; readonly store: Store },
): Promise<void> {
  const digest = createHash('sha256');
  for await (const chunk of stream as AsyncIterable<Uint8Array>) digest.update(chunk);
  if (digest.digest('hex') === hash('sha256', content)) return;
  throw new AppError(
    'STORE.CHECKSUM',
    `Cannot rely on ${store.name}: it gave back other bytes than were stored`,
    {
      hint: 'Do not use this target until the cause is known',
    },
  );
}

function sourceOf(content: Buffer): UploadSource {
  return {
    bytes: content.length,
    sha256: hash('sha256', content),
    md5: hash('md5', content),
    open: ({ start, end }) => Readable.from([content.subarray(start, end)]),
  };
}
