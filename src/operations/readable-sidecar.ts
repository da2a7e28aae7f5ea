import path from 'node:path';
import { AppError } from '../errors.ts';
import type { StoredSnapshot } from '../ports/backup-folder.ts';
import { sidecarEnding } from '../snapshot/name.ts';

/**
 * For whoever is about to replace the sidecar, or to delete the snapshot.
 *
 * @throws AppError FOLDER.IO when what is noted there cannot be read, such as a pin
 */
export function requireReadable({ path: filePath, sidecarFault }: StoredSnapshot): void {
  if (sidecarFault === null) return;
  const sidecar = `${filePath}${sidecarEnding}`;
  throw new AppError('FOLDER.IO', `Cannot read ${sidecar}: ${sidecarFault}`, {
    hint: `Nothing was changed. Try again; if it stays so, move that file away, and: holdfast validate backup ${path.basename(filePath)}`,
  });
}
