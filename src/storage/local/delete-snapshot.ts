import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { AppError, describeError, systemCode } from '../../errors.ts';
import { asObject, asString, field, parseJson } from '../../snapshot/json-shape.ts';
import { checksumEnding, isSnapshotFile, sidecarEnding } from '../../snapshot/name.ts';
import { removeFileDurably, writeFileAtomically } from '../../util/atomic-file.ts';

const markFormat = 'holdfast-deletion';

/** Deletes a snapshot with what belongs to it: mark, file, sidecar, checksum, mark. */
export async function deleteSnapshotFile(folder: string, snapshotPath: string): Promise<void> {
  const name = path.basename(snapshotPath);
  if (path.dirname(path.resolve(snapshotPath)) !== path.resolve(folder) || !isSnapshotFile(name)) {
    throw new AppError('SNAPSHOT.NOT_FOUND', `Cannot delete ${snapshotPath}: it is no snapshot of ${folder}`);
  }
  try {
    await writeFileAtomically(markPath(folder), `${JSON.stringify({ format: markFormat, file: name })}\n`);
    await removeMarked(folder, name);
  } catch (error) {
    throw deletionFailed(snapshotPath, error);
  }
}

/** Ends a deletion that was cut short. Only for the holder of the folder's run lock. */
export async function finishDeletion(folder: string): Promise<void> {
  const text = await readMark(folder);
  if (text === null) return;
  const name = markedFile(text);
  if (name === null) await removeFileDurably(markPath(folder));
  else await removeMarked(folder, name);
}

/** The sidecar goes after its file: a file without one would look like a snapshot of which nothing is known. */
async function removeMarked(folder: string, name: string): Promise<void> {
  for (const ending of ['', sidecarEnding, checksumEnding]) {
    await removeFileDurably(path.join(folder, `${name}${ending}`));
  }
  await removeFileDurably(markPath(folder));
}

async function readMark(folder: string): Promise<string | null> {
  try {
    return await readFile(markPath(folder), 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  }
}

/** The name in a mark; null when the mark is none of ours, and then nothing is deleted. */
function markedFile(text: string): string | null {
  try {
    const mark = asObject(parseJson(text, 'mark of a deletion'), 'mark of a deletion');
    const name = asString(field(mark, 'file'), "mark's file");
    const isOurs = field(mark, 'format') === markFormat && name === path.basename(name);
    return isOurs && isSnapshotFile(name) ? name : null;
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
}

function markPath(folder: string): string {
  return path.join(folder, '.holdfast-deletion.json');
}

function deletionFailed(snapshotPath: string, error: unknown): AppError {
  const isForbidden = ['EACCES', 'EPERM', 'EROFS'].includes(systemCode(error) ?? '');
  return new AppError(
    isForbidden ? 'FOLDER.NOT_WRITABLE' : 'FOLDER.IO',
    `Cannot delete ${snapshotPath}: ${describeError(error)}`,
    { hint: 'The next run that may write to the folder ends the deletion', cause: error },
  );
}
