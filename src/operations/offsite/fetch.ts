import { AppError } from '../../errors.ts';
import type { StoredSnapshot } from '../../ports/backup-folder.ts';
import type { OffsiteTarget } from '../../ports/offsite.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Store } from '../../ports/store.ts';
import { withoutEnding } from '../../snapshot/name.ts';
import { wrapFolder } from '../wrap-folder.ts';
import { compareCopies } from './compare.ts';
import { downloadCopy, pullCopy } from './download.ts';
import { type CompleteCopy, isComplete, type RemoteSnapshot, readRemote } from './remote-snapshots.ts';
import { chooseTargets } from './use-target.ts';

/** A snapshot as `s3:latest` names it. */
interface RemoteReference {
  readonly target: OffsiteTarget;
  readonly reference: string;
}

/** The fewest characters of an id that may stand for it. */
const minIdPrefix = 4;

/**
 * The snapshot on a target that a reference means; null when it means one in the backup folder or a path.
 *
 * @throws AppError USAGE when there is no such target
 */
async function parseReference(ports: Ports, reference: string): Promise<RemoteReference | null> {
  const match = /^([A-Za-z0-9][A-Za-z0-9_-]*):([^/\\]+)$/.exec(reference);
  if (match === null) return null;
  const [target] = await chooseTargets(ports, match[1]!);
  return { target: target!, reference: match[2]! };
}

/**
 * Brings the snapshot that `s3:latest` means into the backup folder, to be used from there; any other reference is
 * returned as it is. What is here already and equal is not fetched again.
 *
 * @returns a reference for the backup folder
 * @throws AppError STORE.*, SNAPSHOT.*, FOLDER.*, RUN.LOCKED
 */
export async function fetchToFolder(ports: Ports, reference: string): Promise<string> {
  const remote = await parseReference(ports, reference);
  if (remote === null) return reference;
  return withCopy(ports, remote, async ({ store, copy }) => {
    const [present] = compareCopies(await ports.folder.list(), [copy]).filter((one) => one.there !== null);
    if (present?.state === 'equal' && present.here !== null) return present.here.path;
    return (await pullCopy(ports, { store, copy })).path;
  });
}

/**
 * Runs `work` with a copy of the snapshot that `s3:latest` means, in a file that is removed at the end. Any other
 * reference is left to the work.
 *
 * @throws AppError STORE.*, SNAPSHOT.*, FOLDER.*, RUN.LOCKED
 */
export async function withFetched<T>(
  ports: Ports,
  reference: string,
  work: (ports: Ports) => Promise<T>,
): Promise<T> {
  const remote = await parseReference(ports, reference);
  if (remote === null) return work(ports);
  return withCopy(ports, remote, async ({ store, copy }) => {
    const partial = await downloadCopy(ports, { store, copy });
    try {
      const { name, bytes, sidecar } = copy;
      const stored: StoredSnapshot = { name, path: partial.path, bytes, sidecar, sidecarFault: null };
      // With a path of its own: the copy is none of the folder's snapshots, and nothing is noted beside it.
      const path = `${remote.target.name}:`;
      return await work({ ...ports, folder: wrapFolder(ports.folder, { path, find: async () => stored }) });
    } finally {
      await partial.discard();
    }
  });
}

async function withCopy<T>(
  ports: Ports,
  { target, reference }: RemoteReference,
  work: (source: { readonly store: Store; readonly copy: CompleteCopy }) => Promise<T>,
): Promise<T> {
  const lock = await ports.folder.lock();
  try {
    const store = await target.open();
    try {
      const copy = findCopy(await readRemote(store, ports.signal), reference, target.name);
      return await work({ store, copy });
    } finally {
      await store.close();
    }
  } finally {
    await lock.release();
  }
}

/**
 * The complete copy that a reference means: `latest`, a name with or without its ending, the beginning of an id.
 *
 * @throws AppError SNAPSHOT.NOT_FOUND, SNAPSHOT.AMBIGUOUS
 */
export function findCopy(
  remotes: readonly RemoteSnapshot[],
  reference: string,
  target: string,
): CompleteCopy {
  const copies = remotes.filter(isComplete);
  const found = reference === 'latest' ? copies.filter(isBackup).slice(0, 1) : matching(copies, reference);
  if (found.length === 1) return found[0]!;
  if (found.length > 1) {
    const names = found.map(({ file }) => file).join(', ');
    throw new AppError(
      'SNAPSHOT.AMBIGUOUS',
      `${JSON.stringify(reference)} fits ${found.length} snapshots on ${target}: ${names}`,
      {
        hint: 'Give the whole name or more of the id',
      },
    );
  }
  const what =
    reference === 'latest' ? 'complete snapshot' : `complete snapshot ${JSON.stringify(reference)}`;
  throw new AppError('SNAPSHOT.NOT_FOUND', `There is no ${what} on ${target}`, {
    hint: `What is there: holdfast sync status --all --target ${target}`,
  });
}

function isBackup({ sidecar }: CompleteCopy): boolean {
  return sidecar.purpose === 'backup';
}

/** By name first: a name is never taken for an id. */
function matching(copies: readonly CompleteCopy[], reference: string): readonly CompleteCopy[] {
  const byFile = copies.filter(({ file }) => file === reference);
  if (byFile.length > 0) return byFile;
  const byName = copies.filter(({ name }) => name === withoutEnding(reference));
  if (byName.length > 0 || reference.length < minIdPrefix) return byName;
  return copies.filter(({ sidecar }) => sidecar.id.startsWith(reference));
}
