import { AppError } from '../errors.ts';
import type { Ports } from '../ports/ports.ts';
import { type FileHeader, readFileHeader } from '../snapshot/database-file.ts';
import type { Damage } from '../snapshot/verify.ts';
import { withUnpackedFile } from './unpack-database-file.ts';

/**
 * Reads every byte of a snapshot that is a whole database file, checks the database in it, and counts its rows.
 *
 * @returns all damage; empty when it is good; null when the snapshot is no such file
 * @throws AppError SNAPSHOT.NOT_FOUND, FOLDER.*
 */
export async function verifyDatabaseFile(ports: Ports, path: string): Promise<readonly Damage[] | null> {
  try {
    const header = await readFileHeader(path);
    if (header === null) return null;
    return await withUnpackedFile(ports, { path, header }, async ({ database }) => {
      const { catalogue, rows } = await database.file!.examine();
      const found = catalogue.tables.map(({ name }, index) => ({ name, rows: rows[index]! }));
      return compareCounts(header, found);
    });
  } catch (error) {
    const isDamage =
      error instanceof AppError && /^(?:SNAPSHOT\.(?!NOT_FOUND)|DATABASE\.CORRUPT)/.test(error.code);
    if (isDamage) return [{ code: error.code, table: null, message: error.message }];
    throw error;
  }
}

function compareCounts(
  { tables }: FileHeader,
  found: readonly { readonly name: string; readonly rows: number }[],
): readonly Damage[] {
  const counts = (list: readonly { name: string; rows: number }[]): string =>
    JSON.stringify(list.map(({ name, rows }) => [name, rows]));
  if (counts(tables) === counts(found)) return [];
  const message = 'The tables of the database are not those that the head of the file states';
  return [{ code: 'SNAPSHOT.CONTENT', table: null, message }];
}
