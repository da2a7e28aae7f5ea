import path from 'node:path';
import { AppError } from '../errors.ts';
import type { StoredSnapshot } from '../ports/backup-folder.ts';
import type { Ports } from '../ports/ports.ts';
import type { Sidecar } from '../snapshot/sidecar.ts';
import { requireReadable } from './readable-sidecar.ts';

export interface PinResult {
  readonly command: 'pin' | 'unpin';
  readonly ok: true;
  /** False when it already was so. */
  readonly changed: boolean;
  readonly snapshot: {
    readonly id: string;
    readonly name: string;
    readonly path: string;
    readonly pinned: boolean;
  };
}

/**
 * Pins a snapshot, so that neither cleanup nor delete removes it, or takes the pin away.
 *
 * @throws AppError SNAPSHOT.NOT_FOUND, SNAPSHOT.AMBIGUOUS, SNAPSHOT.FORMAT, RUN.LOCKED, FOLDER.*
 */
export async function pinSnapshot(
  { folder }: Pick<Ports, 'folder'>,
  { reference, pinned }: { readonly reference: string; readonly pinned: boolean },
): Promise<PinResult> {
  const command = pinned ? 'pin' : 'unpin';
  // Looked for first, so that a wrong name makes no folder.
  await folder.find(reference);
  const lock = await folder.lock();
  try {
    const stored = await folder.find(reference);
    checkInFolder(stored, folder.path);
    const sidecar = knownSidecar(stored, command);
    if (sidecar.pinned !== pinned) await folder.saveSidecar(stored.path, { ...sidecar, pinned });
    const { name, path } = stored;
    return {
      command,
      ok: true,
      changed: sidecar.pinned !== pinned,
      snapshot: { id: sidecar.id, name, path, pinned },
    };
  } finally {
    await lock.release();
  }
}

/** @throws AppError SNAPSHOT.NOT_FOUND for a file that was named by its path and lies elsewhere */
export function checkInFolder(stored: StoredSnapshot, folder: string): void {
  if (path.dirname(stored.path) === path.resolve(folder)) return;
  throw new AppError('SNAPSHOT.NOT_FOUND', `${stored.path} is not in the backup folder ${folder}`, {
    hint: 'holdfast list shows what is there; another folder is named with --dir',
  });
}

function knownSidecar(stored: StoredSnapshot, command: string): Sidecar {
  const { sidecar, path: filePath } = stored;
  requireReadable(stored);
  if (sidecar !== null) return sidecar;
  throw new AppError('SNAPSHOT.FORMAT', `Cannot ${command} ${filePath}: it is no snapshot that can be read`, {
    hint: `What is wrong with it: holdfast validate backup ${path.basename(filePath)}`,
  });
}
