import type { DriveSettings } from '../../ports/drive.ts';
import type { FolderPlace } from './folder.ts';

export function placeOf({ folder, credentials }: DriveSettings): FolderPlace {
  return {
    name: folder,
    sharedDrive: credentials.kind === 'service account' ? credentials.sharedDrive : null,
  };
}
