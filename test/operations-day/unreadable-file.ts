import { lstatSync, renameSync, symlinkSync } from 'node:fs';
import path from 'node:path';

/** A link to itself: the file is there, whoever opens it gets ELOOP, and it can be replaced like any file. */
export function makeUnreadable(file: string): {
  readonly isUntouched: () => boolean;
  readonly mend: () => void;
} {
  renameSync(file, `${file}.kept`);
  symlinkSync(path.basename(file), file);
  return {
    isUntouched: () => lstatSync(file).isSymbolicLink(),
    mend: () => renameSync(`${file}.kept`, file),
  };
}
