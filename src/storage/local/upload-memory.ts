import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { systemCode } from '../../errors.ts';
import type { UploadMemory } from '../../ports/store.ts';
import { exists, removeFileDurably, writeFileAtomically } from '../../util/atomic-file.ts';

/** See `BackupFolder.uploadMemory`. */
export function openUploadMemory(folder: string, target: string, file: string): UploadMemory {
  const digest = hash('sha256', JSON.stringify([target, file])).slice(0, 16);
  const filePath = path.join(folder, `.holdfast-upload-${digest}.json`);
  return {
    async read() {
      try {
        return await readFile(filePath, 'utf8');
      } catch (error) {
        if (systemCode(error) === 'ENOENT') return null;
        throw error;
      }
    },
    write: (text) => writeFileAtomically(filePath, text),
    async forget() {
      if (await exists(filePath)) await removeFileDurably(filePath);
    },
  };
}
