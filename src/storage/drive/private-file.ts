import { readFile, stat } from 'node:fs/promises';
import { AppError, describeError, systemCode } from '../../errors.ts';
import { isOpenToOthers } from '../../util/file-mode.ts';
import { shellWord } from '../../util/shell-word.ts';

/**
 * The text of a file that holds a secret; null when it is not there.
 *
 * @param what for messages: `the key of the service account`
 * @throws AppError STORE.SETTING when others than its owner can read it
 */
export async function readPrivateFile(filePath: string, what: string): Promise<string | null> {
  try {
    const { mode } = await stat(filePath);
    if (isOpenToOthers(mode)) throw tooOpen(filePath, what, mode);
    return await readFile(filePath, 'utf8');
  } catch (error) {
    if (error instanceof AppError) throw error;
    if (systemCode(error) === 'ENOENT') return null;
    throw new AppError('STORE.SETTING', `Cannot read ${what} in ${filePath}: ${describeError(error)}`, {
      hint: 'Check the path and the rights of the file',
      cause: error,
    });
  }
}

function tooOpen(filePath: string, what: string, mode: number): AppError {
  const octal = (mode & 0o777).toString(8).padStart(4, '0');
  return new AppError(
    'STORE.SETTING',
    `Cannot use ${what} in ${filePath}: others can read it (mode ${octal}, 0600 is needed)`,
    { hint: `chmod 600 ${shellWord(filePath)}` },
  );
}
