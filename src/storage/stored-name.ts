import { checksumEnding, isSnapshotFile, sidecarEnding } from '../snapshot/name.ts';

/**
 * True for the name of a copy that Holdfast keeps in a store: of a snapshot, its sidecar or its checksum. Names come
 * from outside, and become names of files: anything else than plain letters is not ours.
 */
export function isStoredName(name: string): boolean {
  if (!/^[A-Za-z0-9_][A-Za-z0-9._-]{0,199}$/.test(name)) return false;
  const ending = [sidecarEnding, checksumEnding].find((one) => name.endsWith(one));
  return isSnapshotFile(ending === undefined ? name : name.slice(0, -ending.length));
}
