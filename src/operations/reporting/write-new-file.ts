import { AppError, systemCode } from '../../errors.ts';
import { makeFolder, PartialFile } from '../../util/atomic-file.ts';
import { aboutFolder } from '../folder-errors.ts';

/** How often a file is begun anew. */
const tries = 3;

/**
 * Writes a file of its own under the first of the names that is free, readable by its owner only.
 *
 * @returns the name
 * @throws AppError FOLDER.NOT_WRITABLE, FOLDER.FULL, FOLDER.IO; nothing is left then
 */
export async function writeNewFile(
  folder: string,
  names: () => Iterable<string>,
  content: string,
): Promise<string> {
  try {
    await makeFolder(folder);
    for (let attempt = 1; ; attempt++) {
      const name = await tryToWrite(folder, names(), content);
      if (name !== null) return name;
      if (attempt === tries) throw keepsVanishing(folder);
    }
  } catch (error) {
    throw aboutFolder(error, folder, 'the folder');
  }
}

/** Null when a run that took the folder's lock in this moment has removed the unfinished file as a dead one's. */
async function tryToWrite(folder: string, names: Iterable<string>, content: string): Promise<string | null> {
  const partial = await PartialFile.create(folder);
  try {
    await partial.write(Buffer.from(content));
    await partial.finish();
    return await partial.publish(names);
  } catch (error) {
    await partial.discard();
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  }
}

function keepsVanishing(folder: string): AppError {
  const message = `Cannot write to ${folder}: other runs keep removing the file before it has its name`;
  return new AppError('FOLDER.IO', message, { hint: 'Run it again, or write elsewhere with --out' });
}
