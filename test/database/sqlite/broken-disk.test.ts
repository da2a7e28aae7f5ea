import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import { exitCodeOf } from '../../../src/cli/exit-codes.ts';
import { SqliteConnection } from '../../../src/database/sqlite/connection.ts';
import { openRestore } from '../../../src/database/sqlite/restore.ts';
import { openSnapshot } from '../../../src/database/sqlite/snapshot.ts';
import { makeSqliteFile } from '../../support/sqlite.ts';

const broken = (what: string) => new Database.SqliteError(`disk I/O error in ${what}`, 'SQLITE_IOERR');

/** A connection on which these statements meet a broken disk; everything else works. */
async function openBroken(...statements: readonly string[]): Promise<SqliteConnection> {
  const file = makeSqliteFile('CREATE TABLE item (id INTEGER PRIMARY KEY)');
  const connection = await SqliteConnection.open(file, {
    lockTimeoutMs: 100,
    signal: undefined,
    shownFile: file,
  });
  const { handle } = connection;
  for (const name of ['exec', 'pragma'] as const) {
    const real = handle[name].bind(handle) as (sql: string, ...rest: unknown[]) => unknown;
    const failing = (sql: string, ...rest: unknown[]): unknown => {
      if (statements.some((start) => sql.startsWith(start))) throw broken(sql);
      return real(sql, ...rest);
    };
    Object.defineProperty(handle, name, { value: failing });
  }
  return connection;
}

const request = {
  tables: [],
  createSchema: [],
  signal: undefined,
  dropTriggers: false,
} as unknown as Parameters<typeof openRestore>[1];

it('names the file when the disk breaks at the look at the journal mode', async () => {
  const connection = await openBroken('journal_mode');
  const opening = openSnapshot(connection);
  await expect(opening).rejects.toMatchObject({ name: 'AppError', code: 'DATABASE.READ' });
  await expect(opening).rejects.toThrow(`Cannot read ${connection.file}: disk I/O error`);
  connection.close();
});

it('names the file when the disk breaks at the settings of a restore', async () => {
  const connection = await openBroken('synchronous');
  await expect(openRestore(connection, request)).rejects.toThrow(
    `Cannot begin the restore of ${connection.file}`,
  );
  connection.close();
});

it('tells what went wrong first when the rollback fails, too', async () => {
  const connection = await openBroken('ROLLBACK', 'never');
  const createSchema = ['CREATE nonsense'] as unknown as typeof request.createSchema;
  const opening = openRestore(connection, { ...request, createSchema });
  await expect(opening).rejects.not.toThrow('ROLLBACK');
  connection.close();
});

it('takes a broken disk under any file of SQLite for a fault of the outside, and a wrong statement for a bug', () => {
  expect(exitCodeOf(broken('a lock file'))).toBe(2);
  expect(exitCodeOf(new Database.SqliteError('no such table: x', 'SQLITE_ERROR'))).toBe(1);
});
