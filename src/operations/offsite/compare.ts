import path from 'node:path';
import type { StoredSnapshot } from '../../ports/backup-folder.ts';
import type { Purpose } from '../../snapshot/header.ts';
import { formatSidecar, type Sidecar } from '../../snapshot/sidecar.ts';
import { isComplete, type RemoteSnapshot } from './remote-snapshots.ts';

/**
 * How a snapshot stands on a target: `equal`; `missing`: here, and not or not wholly there; `there`: there and not
 * here; `different`: another file has its name.
 */
export type CopyState = 'equal' | 'missing' | 'there' | 'different';

/** One snapshot and one target. */
export interface Comparison {
  readonly file: string;
  readonly name: string;
  readonly created: string | null;
  readonly purpose: Purpose | null;
  readonly here: StoredSnapshot | null;
  readonly there: RemoteSnapshot | null;
  readonly state: CopyState;
  /** The copy is equal, and what is noted of it is not: pinned, verified or drilled since. */
  readonly isNoteOld: boolean;
}

/** Every snapshot that is here or there, the newest first. Pure. */
export function compareCopies(
  here: readonly StoredSnapshot[],
  there: readonly RemoteSnapshot[],
): readonly Comparison[] {
  const remotes = new Map(there.map((remote) => [remote.file, remote]));
  const local = here.map((stored) => compareOne(stored, remotes.get(path.basename(stored.path)) ?? null));
  const known = new Set(local.map(({ file }) => file));
  const others = there.filter(({ file, bytes }) => bytes !== null && !known.has(file)).map(onlyThere);
  return [...local, ...others].sort(byAge);
}

function compareOne(here: StoredSnapshot, there: RemoteSnapshot | null): Comparison {
  const state = stateOf(here, there);
  return {
    file: path.basename(here.path),
    name: here.name,
    created: here.sidecar?.created ?? null,
    purpose: here.sidecar?.purpose ?? null,
    ...{ here, there, state },
    isNoteOld: state === 'equal' && noteOf(here) !== noteOf(there),
  };
}

function noteOf(side: { readonly sidecar: Sidecar | null } | null): string {
  return side?.sidecar == null ? '' : formatSidecar(side.sidecar);
}

function stateOf(here: StoredSnapshot, there: RemoteSnapshot | null): CopyState {
  if (there === null || !isComplete(there)) return 'missing';
  return there.bytes === here.bytes && there.sidecar.sha256 === here.sidecar?.sha256 ? 'equal' : 'different';
}

function onlyThere(there: RemoteSnapshot): Comparison {
  const { file, name, sidecar } = there;
  const [created, purpose] = [sidecar?.created ?? null, sidecar?.purpose ?? null];
  return { file, name, created, purpose, here: null, there, state: 'there', isNoteOld: false };
}

function byAge(a: Comparison, b: Comparison): number {
  const [first, second] = [`${a.created ?? ''} ${a.file}`, `${b.created ?? ''} ${b.file}`];
  return first < second ? 1 : -1;
}
