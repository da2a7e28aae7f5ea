import { hash } from 'node:crypto';
import type { PutOptions, UploadSource } from '../../ports/store.ts';
import { base64Digest, readPart, SourceCheck } from '../read-source.ts';
import { isPassing, StoreError } from '../store-error.ts';
import type { S3Client, S3Request } from './client.ts';
import { S3Failure } from './failure.ts';
import { checkTag, entityTag } from './object.ts';
import { childText, escapeXml } from './xml.ts';

/** An upload in parts that the store knows, with what it has of it. */
interface Upload {
  readonly id: string;
  readonly parts: ReadonlyMap<number, { readonly tag: string; readonly bytes: number }>;
}

interface SentPart {
  readonly number: number;
  readonly md5: string;
  /** Only where the store has said it: then it wants to hear it again. */
  readonly sha256: string | null;
  readonly tag: string;
}

export interface MultipartSettings {
  readonly prefix: string;
  readonly partBytes: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly hasChecksumHeaders: boolean;
  /** Sends the request that makes an object of the parts, with the headers that keep it from replacing another. */
  readonly conditionally: <T>(work: (headers: Readonly<Record<string, string>>) => Promise<T>) => Promise<T>;
}

export interface MultipartPut {
  readonly name: string;
  readonly source: UploadSource;
  readonly options: PutOptions;
}

/** S3 allows no more. */
const mostParts = 10_000;
const abortMs = 10_000;

/**
 * Stores a large source in parts and resolves with the ETag that the whole must have. With a memory, parts that arrived
 * before a connection or a process broke down are not sent again; without, and after a failure that will not pass,
 * nothing of it stays in the store.
 */
export async function putParts(
  client: S3Client,
  settings: MultipartSettings,
  put: MultipartPut,
): Promise<string> {
  const partBytes = partSize(settings.partBytes, put.source.bytes);
  const upload = (await resume(client, put, partBytes)) ?? (await begin(client, settings, put, partBytes));
  try {
    const parts = await sendParts(client, { settings, put, upload, partBytes });
    await complete(client, { settings, put, upload, parts });
    await put.options.memory?.forget();
    return compositeTag(parts);
  } catch (error) {
    if (!isWorthKeeping(error, put.options)) await abandon(client, put, upload.id);
    throw error;
  }
}

function partSize(usual: number, bytes: number): number {
  return Math.max(usual, Math.ceil(bytes / mostParts));
}

function isWorthKeeping(error: unknown, { memory, signal }: PutOptions): boolean {
  if (memory === undefined) return false;
  return isPassing(error) || signal?.aborted === true || isServerTrouble(error);
}

function isServerTrouble(error: unknown): boolean {
  return error instanceof S3Failure && (error.status >= 500 || error.status === 429 || error.status === 408);
}

async function resume(
  client: S3Client,
  { name, source, options }: MultipartPut,
  partBytes: number,
): Promise<Upload | null> {
  const text = await options.memory?.read();
  if (text == null) return null;
  const id = rememberedId(text, { name, sha256: source.sha256, partBytes });
  if (id === null) return null;
  try {
    return { id, parts: await listParts(client, { name, id, options }) };
  } catch (error) {
    if (error instanceof S3Failure && error.status === 404) return null;
    throw error;
  }
}

interface Remembered {
  readonly name: string;
  readonly sha256: string;
  readonly partBytes: number;
}

/** Null when the memory is of another file, or of other parts. */
function rememberedId(text: string, { name, sha256, partBytes }: Remembered): string | null {
  try {
    const memory = JSON.parse(text) as Partial<Remembered & { id: unknown }>;
    const isSame = memory.name === name && memory.sha256 === sha256 && memory.partBytes === partBytes;
    return isSame && typeof memory.id === 'string' ? memory.id : null;
  } catch {
    return null;
  }
}

async function listParts(
  client: S3Client,
  { name, id, options: { signal } }: { name: string; id: string; options: PutOptions },
): Promise<Upload['parts']> {
  const parts = new Map<number, { tag: string; bytes: number }>();
  for (let marker = '0'; ; ) {
    const page = await client.sendForXml({
      method: 'GET',
      name,
      query: { uploadId: id, 'part-number-marker': marker },
      ...withSignal(signal),
    });
    for (const part of page.children.filter((child) => child.name === 'Part')) {
      const tag = entityTag({ etag: childText(part, 'ETag') ?? '' });
      parts.set(Number(childText(part, 'PartNumber')), { tag, bytes: Number(childText(part, 'Size')) });
    }
    const next = childText(page, 'NextPartNumberMarker') ?? '';
    // A listing that does not go on only means that parts are sent again.
    if (childText(page, 'IsTruncated') !== 'true' || Number(next) <= Number(marker)) return parts;
    marker = next;
  }
}

async function begin(
  client: S3Client,
  { headers, prefix, hasChecksumHeaders }: MultipartSettings,
  put: MultipartPut,
  partBytes: number,
): Promise<Upload> {
  const { name, source, options } = put;
  await abandonStale(client, put, prefix);
  const document = await client.sendForXml({
    method: 'POST',
    name,
    query: { uploads: '' },
    headers: { ...headers, ...(hasChecksumHeaders ? { 'x-amz-checksum-algorithm': 'SHA256' } : {}) },
    ...withSignal(options.signal),
  });
  const id = childText(document, 'UploadId') ?? '';
  if (id === '')
    throw new StoreError('STORE.LOST', `The store began no upload of ${name}: its answer has no UploadId`);
  await options.memory?.write(JSON.stringify({ name, sha256: source.sha256, partBytes, id }));
  return { id, parts: new Map() };
}

/** What dead runs have begun under this name: invisible, and paid for. */
async function abandonStale(client: S3Client, put: MultipartPut, prefix: string): Promise<void> {
  const key = `${prefix}${put.name}`;
  const page = await client.sendForXml({
    method: 'GET',
    name: null,
    query: { uploads: '', prefix: key },
    ...withSignal(put.options.signal),
  });
  for (const upload of page.children.filter((child) => child.name === 'Upload')) {
    const id = childText(upload, 'UploadId') ?? '';
    if (childText(upload, 'Key') === key && id !== '') await abandon(client, put, id);
  }
}

async function abandon(client: S3Client, { name, options }: MultipartPut, id: string): Promise<void> {
  try {
    // Not by the caller's signal: this is what has to be done after an abort.
    const signal = AbortSignal.timeout(abortMs);
    await client.sendAndDrain({ method: 'DELETE', name, query: { uploadId: id }, signal });
    await options.memory?.forget();
  } catch {
    // Its parts are no object, and the next upload of the name tries again; the first error says more.
  }
}

interface PartWork {
  readonly settings: MultipartSettings;
  readonly put: MultipartPut;
  readonly upload: Upload;
  readonly partBytes: number;
}

async function sendParts(client: S3Client, work: PartWork): Promise<readonly SentPart[]> {
  const { source, options } = work.put;
  const check = new SourceCheck(source);
  const parts: SentPart[] = [];
  for (let start = 0; start < source.bytes; start += work.partBytes) {
    options.signal?.throwIfAborted();
    const body = await readPart(source, { start, end: Math.min(start + work.partBytes, source.bytes) });
    check.add(body);
    parts.push(await sendPart(client, work, { number: parts.length + 1, body }));
  }
  check.end();
  return parts;
}

async function sendPart(
  client: S3Client,
  { put: { name, options }, upload, settings }: PartWork,
  { number, body }: { readonly number: number; readonly body: Buffer },
): Promise<SentPart> {
  const md5 = hash('md5', body);
  const known = upload.parts.get(number);
  if (known !== undefined && known.tag === md5 && known.bytes === body.length) {
    options.advance?.(body.length);
    return {
      number,
      md5,
      sha256: settings.hasChecksumHeaders ? base64Digest('sha256', body) : null,
      tag: md5,
    };
  }
  const { headers } = await client.sendAndDrain({
    method: 'PUT',
    name,
    query: { partNumber: String(number), uploadId: upload.id },
    headers: digestHeaders(body, settings),
    body,
    ...(options.advance === undefined ? {} : { onSent: options.advance }),
    ...withSignal(options.signal),
  });
  checkTag(`part ${number} of ${name}`, headers, md5);
  const echoed = headers['x-amz-checksum-sha256'];
  return { number, md5, sha256: typeof echoed === 'string' ? echoed : null, tag: entityTag(headers) };
}

/** What lets the store refuse a body that was changed on the way. */
export function digestHeaders(
  body: Uint8Array,
  { hasChecksumHeaders }: Pick<MultipartSettings, 'hasChecksumHeaders'>,
): Record<string, string> {
  return {
    'content-md5': base64Digest('md5', body),
    ...(hasChecksumHeaders ? { 'x-amz-checksum-sha256': base64Digest('sha256', body) } : {}),
  };
}

async function complete(
  client: S3Client,
  work: Omit<PartWork, 'partBytes'> & { readonly parts: readonly SentPart[] },
): Promise<void> {
  const { put, upload, parts, settings } = work;
  const list = parts.map(
    ({ number, tag, sha256 }) =>
      `<Part><PartNumber>${number}</PartNumber><ETag>"${escapeXml(tag)}"</ETag>${sha256 === null ? '' : `<ChecksumSHA256>${sha256}</ChecksumSHA256>`}</Part>`,
  );
  const text = `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${list.join('')}</CompleteMultipartUpload>`;
  const body = Buffer.from(text);
  const document = await settings.conditionally((headers) =>
    client.sendForXml({
      method: 'POST',
      name: put.name,
      query: { uploadId: upload.id },
      headers: { 'content-md5': base64Digest('md5', body), ...headers },
      body,
      ...withSignal(put.options.signal),
    }),
  );
  if (document.name !== 'CompleteMultipartUploadResult') {
    throw new StoreError('STORE.LOST', `The store does not say that ${put.name} is complete`);
  }
}

/** As S3 makes it: the digest of the parts' digests, and how many there are. */
function compositeTag(parts: readonly SentPart[]): string {
  const digests = Buffer.concat(parts.map(({ md5 }) => Buffer.from(md5, 'hex')));
  return `${hash('md5', digests)}-${parts.length}`;
}

function withSignal(signal: AbortSignal | undefined): Pick<S3Request, 'signal'> {
  return signal === undefined ? {} : { signal };
}
