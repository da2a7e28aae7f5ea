import type { CallOptions, StoredObject } from '../../ports/store.ts';
import { StoreError } from '../store-error.ts';
import { isStoredName } from '../stored-name.ts';
import type { S3Client } from './client.ts';
import { childText, type XmlElement } from './xml.ts';

export interface ListingOptions extends CallOptions {
  readonly prefix: string;
  /** As many as the store likes where it is null. */
  readonly pageObjects: number | null;
}

/**
 * Every object of ours below the prefix, over all pages.
 *
 * @throws StoreError STORE.LOST when a page is missing or does not fit
 */
export async function listObjects(
  client: S3Client,
  options: ListingOptions,
): Promise<readonly StoredObject[]> {
  const { prefix, pageObjects, signal } = options;
  const objects: StoredObject[] = [];
  const seen = new Set<string>();
  let token: string | null = null;
  do {
    const page = await client.sendForXml({
      method: 'GET',
      name: null,
      query: {
        'list-type': '2',
        'encoding-type': 'url',
        delimiter: '/',
        ...(prefix === '' ? {} : { prefix }),
        ...(pageObjects === null ? {} : { 'max-keys': String(pageObjects) }),
        ...(token === null ? {} : { 'continuation-token': token }),
      },
      ...(signal === undefined ? {} : { signal }),
    });
    checkPage(page);
    objects.push(...objectsOf(page, prefix));
    token = nextToken(page, 'NextContinuationToken');
    if (token !== null && seen.has(token)) throw incomplete('a page comes again');
    if (token !== null) seen.add(token);
  } while (token !== null);
  return objects;
}

function checkPage(page: XmlElement): void {
  if (page.name !== 'ListBucketResult' || childText(page, 'IsTruncated') === null) {
    throw incomplete('the answer is no listing');
  }
}

/** Where the next page begins; null when this is the last. */
function nextToken(page: XmlElement, name: string): string | null {
  if (childText(page, 'IsTruncated') !== 'true') return null;
  const token = childText(page, name);
  if (token === null || token === '') throw incomplete('it does not say where the next page begins');
  return token;
}

function objectsOf(page: XmlElement, prefix: string): StoredObject[] {
  const isEncoded = childText(page, 'EncodingType') === 'url';
  return page.children
    .filter(({ name }) => name === 'Contents')
    .flatMap((content) => {
      const name = nameOf(childText(content, 'Key') ?? '', isEncoded, prefix);
      if (name === null || !isStoredName(name)) return [];
      const [bytes, modifiedMs] = [
        childText(content, 'Size') ?? '',
        Date.parse(childText(content, 'LastModified') ?? ''),
      ];
      if (!/^\d+$/.test(bytes) || Number.isNaN(modifiedMs))
        throw incomplete(`it does not say how large ${name} is`);
      // The ETag of a listing does not say whether it is a digest.
      return [{ name, bytes: Number(bytes), modified: new Date(modifiedMs).toISOString(), digests: {} }];
    });
}

/** Null for a key that is not below the prefix, or cannot be read: it is none of ours. */
function nameOf(key: string, isEncoded: boolean, prefix: string): string | null {
  try {
    const plain = isEncoded ? decodeURIComponent(key.replaceAll('+', ' ')) : key;
    return plain.startsWith(prefix) ? plain.slice(prefix.length) : null;
  } catch {
    return null;
  }
}

function incomplete(reason: string): StoreError {
  return new StoreError('STORE.LOST', `The list of objects is not complete: ${reason}`);
}
