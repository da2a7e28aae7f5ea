import path from 'node:path';
import { AppError } from '../../errors.ts';
import type { DatabaseFile, DatabaseFileCopy, DatabaseInstant, ExaminedFile } from '../../ports/database.ts';
import { createPrivateFile } from '../../util/atomic-file.ts';
import { makeTempFolder, removeFolder } from '../../util/temp-folder.ts';
import { readCatalogue } from './catalogue.ts';
import { SqliteConnection } from './connection.ts';
import { watchInstant } from './instant-watch.ts';
import { pagesPerStep } from './page-copy.ts';
import { quoteTable } from './quote.ts';
import { copyError } from './raw-copy.ts';
import { notWritable } from './sqlite-errors.ts';

/** One database file as a whole, by SQLite's backup API in both directions. */
export class SqliteFile implements DatabaseFile {
  readonly #connection: SqliteConnection;
  readonly #isWritable: boolean;

  constructor(connection: SqliteConnection, { isWritable }: { readonly isWritable: boolean }) {
    this.#connection = connection;
    this.#isWritable = isWritable;
  }

  async copy(): Promise<DatabaseFileCopy> {
    const folder = await makeTempFolder();
    const remove = (): Promise<void> => removeFolder(folder);
    const file = path.join(folder, 'copy.db');
    try {
      await createPrivateFile(file);
      const instant = await this.#copyPages(file);
      return { path: file, instant, remove, ...(await this.#examineCopy(file)) };
    } catch (error) {
      await remove();
      this.#connection.signal?.throwIfAborted();
      throw copyError(error, this.#connection.file, folder);
    }
  }

  /** One read transaction holds all steps together, so that the instant is known, and the copy never begins again. */
  async #copyPages(file: string): Promise<DatabaseInstant> {
    const { handle } = this.#connection;
    const instantNow = watchInstant(this.#connection);
    await this.#connection.beginRead();
    try {
      const instant = instantNow();
      await handle.backup(file, { progress: () => this.#step() });
      return instant;
    } finally {
      handle.exec('ROLLBACK');
    }
  }

  async #examineCopy(file: string): Promise<ExaminedFile> {
    const { options } = this.#connection;
    const copy = await SqliteConnection.open(file, { ...options, shownFile: this.#connection.file });
    try {
      // A file in WAL mode needs files beside it even to be read; the live file keeps its own mode in a restore.
      copy.handle.pragma('journal_mode = DELETE');
      return examine(copy);
    } finally {
      copy.close();
    }
  }

  async examine(): Promise<ExaminedFile> {
    return examine(this.#connection);
  }

  async replace(source: string, instant: DatabaseInstant | null): Promise<void> {
    if (!this.#isWritable) throw notWritable(this.#connection.file);
    checkName(this.#connection.file);
    const pages = await SqliteConnection.open(source, { ...this.#connection.options, shownFile: source });
    try {
      checkIntegrity(pages);
      checkPageSize(this.#connection, pages);
      await this.#connection.waitForLock(`Cannot restore ${this.#connection.file}`, () =>
        this.#replaceOnce(pages, instant),
      );
    } catch (error) {
      throw this.#connection.failure(error, `Cannot restore ${this.#connection.file}`, 'RESTORE.FILE');
    } finally {
      pages.close();
    }
  }

  async #replaceOnce(pages: SqliteConnection, instant: DatabaseInstant | null): Promise<void> {
    const { file } = this.#connection;
    const instantNow = watchInstant(this.#connection);
    const before = instantNow();
    let isFirst = true;
    const { totalPages } = await pages.handle.backup(file, {
      progress: () => {
        // The first step copies nothing and leaves the file locked: from then on nobody else can write.
        if (isFirst && instant !== null && instantNow() !== instant) throw changed(file);
        isFirst = false;
        return this.#step();
      },
    });
    // Where the lock was not given, the driver ends as if all were done: without a single page.
    if (totalPages === 0 || instantNow() === before) throw new BusyError();
  }

  #step(): number {
    this.#connection.signal?.throwIfAborted();
    return pagesPerStep;
  }
}

/** For `waitForLock`: the same as SQLite's own error. */
class BusyError extends Error {
  readonly code = 'SQLITE_BUSY';
}

function examine(connection: SqliteConnection): ExaminedFile {
  checkIntegrity(connection);
  const { catalogue } = readCatalogue(connection.handle);
  return { catalogue, rows: catalogue.tables.map(({ name }) => countRows(connection, name)) };
}

/** @throws AppError DATABASE.CORRUPT */
function checkIntegrity({ handle, file }: SqliteConnection): void {
  const found = handle.pragma('integrity_check(5)', { simple: false }) as { integrity_check: string }[];
  const faults = found.map((row) => row.integrity_check).filter((text) => text !== 'ok');
  if (faults.length === 0) return;
  throw new AppError('DATABASE.CORRUPT', `The database ${file} is damaged: ${faults.join('; ')}`, {
    hint: 'Bring back the last good snapshot: holdfast restore latest; or save what can be read: holdfast backup',
  });
}

function countRows({ handle }: SqliteConnection, table: string): number {
  return handle
    .prepare<[], number>(`SELECT count(*) FROM ${quoteTable(table)}`)
    .pluck()
    .get()!;
}

/** SQLite cannot change the page size of a file in WAL mode. */
function checkPageSize(live: SqliteConnection, pages: SqliteConnection): void {
  const read = ({ handle }: SqliteConnection, name: string): unknown => handle.pragma(name, { simple: true });
  const [present, wanted] = [read(live, 'page_size'), read(pages, 'page_size')];
  if (present === wanted || read(live, 'journal_mode') !== 'wal') return;
  throw new AppError(
    'RESTORE.FILE',
    `Cannot restore ${live.file}: it has pages of ${present} bytes, the snapshot of ${wanted}, and in WAL mode they cannot change`,
    { hint: 'Stop the application, run: sqlite3 <file> "PRAGMA journal_mode = DELETE", and restore again' },
  );
}

/** The driver trims the name of the file that it copies into. */
function checkName(file: string): void {
  if (file.trim() === file) return;
  throw new AppError(
    'RESTORE.FILE',
    `Cannot restore ${JSON.stringify(file)}: its name begins or ends with a space`,
    {
      hint: 'Rename the database file, or restore a snapshot of rows',
    },
  );
}

function changed(file: string): AppError {
  return new AppError('DATABASE.CHANGED', `${file} was written to after the safety snapshot was taken`, {
    hint: 'Nothing was changed. Stop the application, then run the command again',
  });
}
