import { createHash, hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { AppError } from '../../errors.ts';
import type { StoredSnapshot } from '../../ports/backup-folder.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Store, TransferOptions, UploadSource } from '../../ports/store.ts';
import { checksumEnding, sidecarEnding } from '../../snapshot/name.ts';
import { formatSidecar, type Sidecar } from '../../snapshot/sidecar.ts';
import { formatBytes } from '../../util/bytes.ts';

/** A snapshot as something to be stored, made once for all targets. */
export type Uploads = (snapshot: KnownSnapshot) => Promise<UploadSource>;

export type KnownSnapshot = StoredSnapshot & { readonly sidecar: Sidecar };

/** Reads each file once, however many targets it goes to. */
export function createUploads(): Uploads {
  const known = new Map<string, Promise<UploadSource>>();
  return (snapshot) => {
    const found = known.get(snapshot.path) ?? sourceOfFile(snapshot);
    known.set(snapshot.path, found);
    return found;
  };
}

/** @throws AppError SNAPSHOT.CHECKSUM when the file is not what its sidecar says */
async function sourceOfFile({ path: file, sidecar, name }: KnownSnapshot): Promise<UploadSource> {
  const [sha256, md5] = [createHash('sha256'), createHash('md5')];
  let bytes = 0;
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    sha256.update(chunk);
    md5.update(chunk);
    bytes += chunk.length;
  }
  const digest = sha256.digest('hex');
  if (digest !== sidecar.sha256) {
    throw new AppError('SNAPSHOT.CHECKSUM', `Cannot copy ${name}: the file is not what its sidecar says`, {
      hint: `holdfast validate backup ${name}`,
    });
  }
  const open: UploadSource['open'] = ({ start, end }) =>
    start === end ? Readable.from([]) : createReadStream(file, { start, end: end - 1 });
  return { bytes, sha256: digest, md5: md5.digest('hex'), open };
}

/**
 * Copies a snapshot: the file, its checksum, and last its sidecar, which says that the copy is complete.
 *
 * @throws AppError STORE.*, SNAPSHOT.CHECKSUM
 */
export async function pushSnapshot(
  { folder, signal, progress }: Ports,
  { store, uploads }: { readonly store: Store; readonly uploads: Uploads },
  snapshot: KnownSnapshot,
): Promise<void> {
  const file = path.basename(snapshot.path);
  const transfer = signal === undefined ? {} : { signal };
  const source = await uploads(snapshot);
  await checkRoom(store, source.bytes, file);
  progress.phase(`copying ${snapshot.name} to ${store.name}`, null);
  await store.put(file, source, { ...transfer, memory: folder.uploadMemory(store.name, file) });
  // As `sha256sum -c` reads it.
  await replaceSmall(store, `${file}${checksumEnding}`, { text: `${source.sha256}  ${file}\n`, ...transfer });
  await pushSidecar(store, snapshot, transfer);
}

/** Puts what is noted of a snapshot beside its copy, or in the place of an older note. */
export async function pushSidecar(
  store: Store,
  { path: file, sidecar }: KnownSnapshot,
  call: TransferOptions,
): Promise<void> {
  await replaceSmall(store, `${path.basename(file)}${sidecarEnding}`, {
    text: formatSidecar(sidecar),
    ...call,
  });
}

/** Stores never replace an object, so an older one goes first; a death in between is made good by the next push. */
async function replaceSmall(
  store: Store,
  name: string,
  { text, ...call }: TransferOptions & { readonly text: string },
): Promise<void> {
  const source = sourceOfText(text);
  try {
    await store.put(name, source, call);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'STORE.EXISTS') throw error;
    await store.delete(name, call);
    await store.put(name, source, call);
  }
}

function sourceOfText(text: string): UploadSource {
  const content = Buffer.from(text);
  return {
    bytes: content.length,
    sha256: hash('sha256', content),
    md5: hash('md5', content),
    open: ({ start, end }) => Readable.from([content.subarray(start, end)]),
  };
}

async function checkRoom(store: Store, bytes: number, file: string): Promise<void> {
  const free = (await store.quota())?.freeBytes ?? null;
  if (free === null || free >= bytes) return;
  throw new AppError(
    'STORE.FULL',
    `Cannot store ${file} on ${store.name}: it needs ${formatBytes(bytes)}, and ${formatBytes(free)} are free`,
    { hint: 'Make room there, or keep fewer copies: retention of the target in holdfast.config.json' },
  );
}
