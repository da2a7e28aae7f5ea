import type { IncomingHttpHeaders } from 'node:http';
import type { StoredObject } from '../../ports/store.ts';
import { StoreError } from '../store-error.ts';

/** The ETag without its quotes; empty where there is none. */
export function entityTag(headers: IncomingHttpHeaders): string {
  return (headers.etag ?? '').replace(/^(?:W\/)?"?|"$/g, '').toLowerCase();
}

/** Whether the ETag says something of the content: with keys of its own the store makes up another. */
export function isTagDigest(headers: IncomingHttpHeaders): boolean {
  const encryption = headers['x-amz-server-side-encryption'];
  const isOwnKey = headers['x-amz-server-side-encryption-customer-algorithm'] !== undefined;
  return !isOwnKey && (encryption === undefined || encryption === 'AES256');
}

/** @throws StoreError STORE.LOST when the answer does not say what an object has */
export function objectOf(name: string, headers: IncomingHttpHeaders): StoredObject {
  const bytes = headers['content-length'] ?? '';
  const modifiedMs = Date.parse(headers['last-modified'] ?? '');
  if (!/^\d+$/.test(bytes) || Number.isNaN(modifiedMs)) {
    throw new StoreError('STORE.LOST', `The store does not say how large ${name} is, or when it was stored`);
  }
  const tag = entityTag(headers);
  const md5 = isTagDigest(headers) && /^[0-9a-f]{32}$/.test(tag) ? { md5: tag } : {};
  return { name, bytes: Number(bytes), modified: new Date(modifiedMs).toISOString(), digests: md5 };
}

/** @throws StoreError STORE.CHECKSUM when the store says that it holds other bytes */
export function checkTag(name: string, headers: IncomingHttpHeaders, expected: string): void {
  const tag = entityTag(headers);
  if (tag === '')
    throw new StoreError('STORE.CHECKSUM', `The store does not say what it holds of ${name}: no ETag`);
  if (!isTagDigest(headers) || tag === expected) return;
  throw new StoreError(
    'STORE.CHECKSUM',
    `The store holds other bytes of ${name} than were sent: its checksum is ${tag}, not ${expected}`,
    {
      hint: 'Nothing of it was kept. If it happens again, the store or something on the way to it changes files',
    },
  );
}
