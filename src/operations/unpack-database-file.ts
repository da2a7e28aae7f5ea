import type { Database, DatabaseTarget } from '../ports/database.ts';
import type { Ports } from '../ports/ports.ts';
import { type FileHeader, readDatabaseFile } from '../snapshot/database-file.ts';
import { PartialFile } from '../util/atomic-file.ts';
import { makeTempFolder, removeFolder } from '../util/temp-folder.ts';

const lockTimeoutMs = 10_000;

export interface UnpackedFile {
  /** A private file, whose content has been checked. */
  readonly path: string;
  /** The same, opened. */
  readonly database: Database;
}

/**
 * Unpacks the database of a snapshot that is a whole file to a private place, for as long as `work` takes.
 *
 * @param folder where; one of its own by default
 * @throws AppError SNAPSHOT.CHECKSUM, TRUNCATED, CONTENT, FOLDER.*
 */
export async function withUnpackedFile<T>(
  ports: Ports,
  {
    path,
    header,
    folder: given,
  }: { readonly path: string; readonly header: FileHeader; readonly folder?: string },
  work: (file: UnpackedFile) => Promise<T>,
): Promise<T> {
  const folder = given ?? (await makeTempFolder());
  const partial = await PartialFile.create(folder);
  try {
    await readDatabaseFile(path, header, (bytes) => {
      ports.signal?.throwIfAborted();
      return partial.write(bytes);
    });
    await partial.finish();
    const database = await ports.engines.open(targetOf(partial.path, header), { lockTimeoutMs });
    try {
      return await work({ path: partial.path, database });
    } finally {
      await database.close();
    }
  } finally {
    await partial.discard();
    if (given === undefined) await removeFolder(folder);
  }
}

function targetOf(file: string, { provider, name }: FileHeader): DatabaseTarget {
  return { provider, url: `file:${file}`, file, schemas: [], origin: `the snapshot ${name}` };
}
