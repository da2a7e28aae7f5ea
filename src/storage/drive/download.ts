import { Readable } from 'node:stream';
import type { TransferOptions } from '../../ports/store.ts';
import { exactLength } from '../exact-length.ts';
import { StoreError } from '../store-error.ts';
import type { DriveConnection } from './connection.ts';
import { DriveError } from './drive-errors.ts';
import type { DriveFile } from './drive-file.ts';

export interface Download extends TransferOptions {
  readonly start: number;
}

/** The bytes of a file from `start` on. */
export async function download(
  connection: DriveConnection,
  { id, object }: DriveFile,
  { start, signal, advance }: Download,
): Promise<Readable> {
  const bytes = object.bytes - start;
  if (bytes <= 0) return Readable.from([]);
  const what = `read ${object.name} from Google Drive`;
  const body = await openContent(connection, { id, start, what, signal });
  const counted = exactLength(body, {
    ...{ bytes, what: `The download of ${object.name} from Google Drive` },
    ...(signal === undefined ? {} : { signal }),
  });
  return Readable.from(tell(counted, advance), { objectMode: false });
}

async function* tell(chunks: AsyncIterable<Uint8Array>, advance: Download['advance']) {
  for await (const chunk of chunks) {
    yield chunk;
    advance?.(chunk.length);
  }
}

interface Content {
  readonly id: string;
  readonly start: number;
  readonly what: string;
  readonly signal?: AbortSignal | undefined;
}

async function openContent(connection: DriveConnection, content: Content): Promise<Readable> {
  try {
    return await requestContent(connection, content, { acknowledgeAbuse: false });
  } catch (error) {
    // Google takes some compressed or encrypted files for malware. It is our own file, and compared after the download.
    if (!(error instanceof DriveError && error.reasons.includes('cannotDownloadAbusiveFile'))) throw error;
    return requestContent(connection, content, { acknowledgeAbuse: true });
  }
}

async function requestContent(
  connection: DriveConnection,
  { id, start, what, signal }: Content,
  { acknowledgeAbuse }: { readonly acknowledgeAbuse: boolean },
): Promise<Readable> {
  const query = {
    alt: 'media',
    supportsAllDrives: 'true',
    ...(acknowledgeAbuse ? { acknowledgeAbuse: 'true' } : {}),
  };
  const { status, data } = await connection.open(what, {
    method: 'GET',
    url: connection.url(`/drive/v3/files/${encodeURIComponent(id)}`, query),
    // Compressed on the way, the offsets of a range would be those of other bytes.
    headers: { 'accept-encoding': 'identity', ...(start === 0 ? {} : { range: `bytes=${start}-` }) },
    signal,
  });
  if (start === 0 || status === 206) return data;
  data.destroy();
  throw new StoreError(
    'STORE.LOST',
    `Cannot ${what}: Google has not answered with the part that was asked for`,
  );
}
