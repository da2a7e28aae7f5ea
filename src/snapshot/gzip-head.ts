import { AppError } from '../errors.ts';

/** With what the comment of a whole database file begins. */
export const databaseFileMark = 'holdfast-database 1 ';

/**
 * A gzip member without content that carries a comment. Gzip readers skip it; what follows is the file's content.
 *
 * @param comment ASCII without NUL
 */
export function makeGzipHead(comment: string): Buffer {
  const isComment = 0x10;
  const header = Buffer.from([0x1f, 0x8b, 8, isComment, 0, 0, 0, 0, 0, 0xff]);
  // An empty block of deflate, and the CRC-32 and length of nothing.
  const content = Buffer.from([0x03, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  return Buffer.concat([header, Buffer.from(`${comment}\0`, 'latin1'), content]);
}

/** Where the comment stands: behind the fixed part of the header. */
const commentOffset = 10;

/** Whether a file that begins so is a whole database file; its head may be damaged all the same. */
export function isDatabaseFileHead(start: Buffer): boolean {
  const mark = start.toString('latin1', commentOffset, commentOffset + databaseFileMark.length);
  return mark === databaseFileMark;
}

const tailBytes = 11;

/**
 * The comment of a file that begins with such a member; null when it begins otherwise.
 *
 * @param start the beginning of the file
 * @throws AppError SNAPSHOT.TRUNCATED when the comment does not end in it
 */
export function readGzipHead(start: Buffer): { readonly comment: string; readonly bytes: number } | null {
  if (!isDatabaseFileHead(start)) return null;
  const end = start.indexOf(0, commentOffset);
  const bytes = end + tailBytes;
  const comment = start.toString('latin1', commentOffset, end < 0 ? start.length : end);
  if (end < 0 || start.length < bytes) {
    throw new AppError('SNAPSHOT.TRUNCATED', 'The description at the head of the file does not end');
  }
  if (start.subarray(0, bytes).equals(makeGzipHead(comment))) return { comment, bytes };
  throw new AppError('SNAPSHOT.CHECKSUM', 'The head of the file is damaged');
}
