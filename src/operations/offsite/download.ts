import { createHash } from 'node:crypto';
import { AppError } from '../../errors.ts';
import type { StoredSnapshot } from '../../ports/backup-folder.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Store } from '../../ports/store.ts';
import { isEncryptedFile } from '../../snapshot/name.ts';
import { verifySnapshot } from '../../snapshot/verify.ts';
import type { PartialFile } from '../../util/atomic-file.ts';
import { formatBytes } from '../../util/bytes.ts';
import { formatIdentity, isSameDatabase } from '../identity.ts';
import { verifyDatabaseFile } from '../verify-database-file.ts';
import type { CompleteCopy } from './remote-snapshots.ts';

/**
 * Reads a copy from its target, to the last byte, and compares it with its sidecar.
 *
 * @throws AppError STORE.*; STORE.VERIFY when it is not what its sidecar says
 */
export async function readCopy(
  { signal }: Ports,
  { store, copy }: { readonly store: Store; readonly copy: CompleteCopy },
  write: (chunk: Uint8Array) => Promise<void> | void,
): Promise<void> {
  const digest = createHash('sha256');
  let bytes = 0;
  const stream = await store.get(copy.file, signal === undefined ? {} : { signal });
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > copy.sidecar.bytes) break;
    digest.update(chunk);
    await write(chunk);
  }
  const isWhole = bytes === copy.sidecar.bytes && digest.digest('hex') === copy.sidecar.sha256;
  if (isWhole) return;
  throw new AppError(
    'STORE.VERIFY',
    `The copy of ${copy.name} on ${store.name} is damaged: its bytes are not what its sidecar says`,
    {
      hint: `Use another copy: holdfast list --all. To replace it, delete ${copy.file} and its sidecar there, then: holdfast sync push --all`,
    },
  );
}

/**
 * Brings a copy into a file without a name in the backup folder, read back and verified. The caller holds the run lock,
 * and publishes or discards it.
 *
 * @throws AppError STORE.*, SNAPSHOT.*, FOLDER.FULL
 */
export async function downloadCopy(
  ports: Ports,
  source: { readonly store: Store; readonly copy: CompleteCopy },
): Promise<PartialFile> {
  const { store, copy } = source;
  await checkSpace(ports, copy);
  ports.progress.phase(`fetching ${copy.name} from ${store.name}`, null);
  const partial = await ports.folder.createPartial();
  try {
    await readCopy(ports, source, (chunk) => partial.write(chunk));
    await partial.finish();
    // An encrypted one is what its checksum says; its content needs a key.
    if (!isEncryptedFile(copy.file)) await checkContent(ports, partial, source);
    return partial;
  } catch (error) {
    await partial.discard();
    throw error;
  }
}

async function checkContent(
  ports: Ports,
  partial: PartialFile,
  { store, copy }: { readonly store: Store; readonly copy: CompleteCopy },
): Promise<void> {
  const [damage] = (await verifyDatabaseFile(ports, partial.path)) ?? (await verifySnapshot(partial.path));
  if (damage === undefined) return;
  throw new AppError(
    'STORE.VERIFY',
    `The copy of ${copy.name} on ${store.name} is no good snapshot: ${damage.message}`,
    {
      hint: 'Use another one: holdfast list --all',
    },
  );
}

async function checkSpace({ folder }: Ports, { bytes, name }: CompleteCopy): Promise<void> {
  const free = await folder.freeBytes();
  if (free >= bytes) return;
  throw new AppError(
    'FOLDER.FULL',
    `Cannot fetch ${name}: it needs ${formatBytes(bytes)}, and ${formatBytes(free)} are free in ${folder.path}`,
    { hint: 'Make room, or choose another folder with --dir' },
  );
}

/**
 * Brings a copy into the backup folder under its own name, with its sidecar. The caller holds the run lock.
 *
 * @throws AppError as `downloadCopy`; FOLDER.OTHER_DATABASE, STORE.EXISTS when another file has the name here
 */
export async function pullCopy(
  ports: Ports,
  source: { readonly store: Store; readonly copy: CompleteCopy },
): Promise<StoredSnapshot> {
  const { copy } = source;
  await checkOwner(ports, copy);
  const partial = await downloadCopy(ports, source);
  try {
    await partial.publish([copy.file]);
  } catch (error) {
    throw new AppError(
      'STORE.EXISTS',
      `Cannot fetch ${copy.name}: another file has its name in ${ports.folder.path}`,
      {
        hint: 'Nothing was replaced. Move that file away, or fetch into another folder with --dir',
        cause: error,
      },
    );
  } finally {
    await partial.discard();
  }
  const stored = {
    name: copy.name,
    path: `${ports.folder.path}/${copy.file}`,
    bytes: copy.bytes,
    sidecar: copy.sidecar,
    sidecarFault: null,
  };
  await ports.folder.saveSidecar(stored.path, copy.sidecar);
  return stored;
}

/** A folder belongs to one database. */
async function checkOwner({ folder }: Ports, { sidecar, name }: CompleteCopy): Promise<void> {
  const owner = await folder.owner();
  if (owner === null || isSameDatabase(owner, sidecar.database)) return;
  throw new AppError(
    'FOLDER.OTHER_DATABASE',
    `Cannot fetch ${name}: it is of ${formatIdentity(sidecar.database)}, and the backup folder ${folder.path} belongs to ${formatIdentity(owner)}`,
    { hint: 'Name a folder of its own with --dir <folder>' },
  );
}
