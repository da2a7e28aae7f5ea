import { AppError } from '../../errors.ts';
import type { Store, StoredObject } from '../../ports/store.ts';
import { checksumEnding, isSnapshotFile, sidecarEnding, withoutEnding } from '../../snapshot/name.ts';
import { parseSidecar, type Sidecar } from '../../snapshot/sidecar.ts';
import { mapInOrder } from '../../util/async.ts';

/** A copy of a snapshot on a target, or what there is of one. */
export interface RemoteSnapshot {
  /** The file's name, with its ending. */
  readonly file: string;
  /** Without it. */
  readonly name: string;
  /** Null where only the sidecar or the checksum is left: its deletion is not finished. */
  readonly bytes: number | null;
  /** Null where it is missing or says something else: the copy is not complete, and counts for nothing. */
  readonly sidecar: Sidecar | null;
  readonly hasSidecarFile: boolean;
}

/** A copy that arrived whole. */
export type CompleteCopy = RemoteSnapshot & { readonly bytes: number; readonly sidecar: Sidecar };

const mostSidecarBytes = 1024 * 1024;
const readAtOnce = 4;

export function isComplete(remote: RemoteSnapshot | undefined): remote is CompleteCopy {
  return remote !== undefined && remote.bytes !== null && remote.sidecar !== null;
}

/**
 * Every snapshot of which there is something on the target, the newest complete one first.
 *
 * @throws AppError STORE.*; never a part of the list
 */
export async function readRemote(
  store: Store,
  signal: AbortSignal | undefined,
): Promise<readonly RemoteSnapshot[]> {
  const call = signal === undefined ? {} : { signal };
  const objects = new Map((await store.list(call)).map((object) => [object.name, object]));
  const files = new Set([...objects.keys()].map(fileOf).filter((file): file is string => file !== null));
  const remotes: RemoteSnapshot[] = [];
  const read = async (file: string): Promise<RemoteSnapshot> => {
    const sidecarText = await readSmall(store, objects.get(`${file}${sidecarEnding}`), signal);
    const bytes = objects.get(file)?.bytes ?? null;
    const sidecar = sidecarText === null ? null : parseQuietly(sidecarText);
    const isOfFile = sidecar !== null && (bytes === null || sidecar.bytes === bytes);
    const hasSidecarFile = objects.has(`${file}${sidecarEnding}`);
    return { file, name: withoutEnding(file), bytes, sidecar: isOfFile ? sidecar : null, hasSidecarFile };
  };
  for await (const remote of mapInOrder([...files].sort(), readAtOnce, read)) remotes.push(remote);
  return remotes.sort(byAge);
}

/** The snapshot that a stored object belongs to. */
function fileOf(name: string): string | null {
  const ending = [sidecarEnding, checksumEnding].find((one) => name.endsWith(one));
  const file = ending === undefined ? name : name.slice(0, -ending.length);
  return isSnapshotFile(file) ? file : null;
}

async function readSmall(
  store: Store,
  object: StoredObject | undefined,
  signal: AbortSignal | undefined,
): Promise<string | null> {
  if (object === undefined || object.bytes > mostSidecarBytes) return null;
  const chunks: Uint8Array[] = [];
  const stream = await store.get(object.name, signal === undefined ? {} : { signal });
  for await (const chunk of stream as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function parseQuietly(text: string): Sidecar | null {
  try {
    return parseSidecar(text);
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
}

function byAge(a: RemoteSnapshot, b: RemoteSnapshot): number {
  const [first, second] = [`${a.sidecar?.created ?? ''} ${a.file}`, `${b.sidecar?.created ?? ''} ${b.file}`];
  return first < second ? 1 : -1;
}
