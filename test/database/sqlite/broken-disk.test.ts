import { rmSync } from 'node:fs';
import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import { exitCodeOf } from '../../../src/cli/exit-codes.ts';
import { SqliteConnection } from '../../../src/database/sqlite/connection.ts';
import { copyError } from '../../../src/database/sqlite/raw-copy.ts';
import { openRestore } from '../../../src/database/sqlite/restore.ts';
import { openSnapshot } from '../../../src/database/sqlite/snapshot.ts';
import { rowsOf } from '../../support/snapshots.ts';
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

it('does not blame the rights of a file that this user may write to', async () => {
  const connection = await openBroken();
  const readonly = new Database.SqliteError('attempt to write a readonly database', 'SQLITE_READONLY');
  expect(connection.failure(readonly, 'Cannot empty table item', 'RESTORE.ROW')).toMatchObject({
    code: 'DATABASE.READ',
    message: expect.stringMatching(
      `^Cannot write to ${connection.file}: SQLite could open it for reading only, .*ENOSPC.*EMFILE.*EIO`,
    ) as unknown,
    hint: expect.stringContaining('Run the command again') as unknown,
  });
  rmSync(connection.file);
  expect(connection.failure(readonly, 'Cannot empty table item', 'RESTORE.ROW')).toMatchObject({
    code: 'DATABASE.PERMISSION',
    message: `Cannot write to ${connection.file}: the file or its folder is read-only`,
  });
  connection.close();
});

it.each([
  ['ENOSPC', 'no space left on device'],
  ['EDQUOT', 'quota'],
])('names %s when a copy of the database has no room', (code, words) => {
  const error = copyError(
    Object.assign(new Error(`${code}: write`), { code, errno: -122 }),
    '/srv/app.db',
    '/tmp/x',
  );
  expect(error.code).toBe('FOLDER.FULL');
  expect(error.message).toContain('Cannot copy /srv/app.db to /tmp/x: ');
  expect(error.message).toMatch(new RegExp(`${code}|${words}`));
});

it('tells a disk that is full from a row that is at fault', async () => {
  const connection = await openBroken();
  const pages = connection.handle.pragma('page_count', { simple: true }) as number;
  connection.handle.pragma(`max_page_count = ${pages + 1}`);
  const item = { schema: null, name: 'item' };
  const restore = await openRestore(connection, { ...request, tables: [item] });
  const lines = Array.from({ length: 10_000 }, (_, index) => `[${index}]`);
  const [table] = restore.catalogue.tables;
  await expect(restore.insertRows(table!, ['id'], rowsOf(lines, 10_000))).rejects.toMatchObject({
    code: 'DATABASE.FULL',
    message: `Cannot write to table item of ${connection.file}: database or disk is full`,
  });
  await restore.rollback();
  connection.close();
});
