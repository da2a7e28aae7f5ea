import { expect, it } from 'vitest';
import { mysqlEngine } from '../../../src/database/mysql/engine.ts';
import type { RestoreJournal } from '../../../src/ports/database.ts';
import { describeEngine, mysqlServer } from '../../support/engines.ts';
import {
  connectMysql,
  createMysql,
  digestMysql,
  listMysqlTriggers,
  putBackMysql,
  restoreRequest,
  saveMysql,
  type TestMysql,
} from '../../support/mysql.ts';

const shop = [
  'CREATE TABLE stock (id int AUTO_INCREMENT PRIMARY KEY, amount int, note varchar(50))',
  'CREATE TABLE log (id int AUTO_INCREMENT PRIMARY KEY, text varchar(200))',
  'CREATE TABLE other (id int PRIMARY KEY)',
  `INSERT INTO stock VALUES (1, 10, 'a'), (2, 20, 'b')`,
];

/** Triggers that would change and add rows, in several character sets, modes and orders. */
async function createTriggers({ connection }: TestMysql): Promise<void> {
  const statements = [
    `CREATE TRIGGER \`odd \`\` name\` BEFORE INSERT ON stock FOR EACH ROW SET NEW.amount = NEW.amount + 1`,
    `CREATE TRIGGER third BEFORE INSERT ON stock FOR EACH ROW FOLLOWS \`odd \`\` name\` SET NEW.note = CONCAT(NEW.note, '😀 FOR EACH ROW')`,
    `CREATE TRIGGER second BEFORE INSERT ON stock /* FOR EACH ROW */ FOR EACH ROW PRECEDES third BEGIN
      -- FOR EACH ROW FOLLOWS nothing
      SET NEW.amount = NEW.amount * 2; END`,
    `CREATE TRIGGER first BEFORE INSERT ON stock FOR EACH
      ROW PRECEDES \`odd \`\` name\` SET NEW.note = 'it''s \\\\ "x"'`,
    `CREATE TRIGGER gone AFTER DELETE ON stock FOR EACH ROW INSERT INTO log (text) VALUES (OLD.note)`,
    `CREATE TRIGGER changed AFTER UPDATE ON stock FOR EACH ROW INSERT INTO log (text) VALUES (NEW.note)`,
    `CREATE TRIGGER elsewhere AFTER INSERT ON other FOR EACH ROW INSERT INTO log (text) VALUES ('x')`,
    `SET sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'`,
    `CREATE TRIGGER ansi BEFORE UPDATE ON stock FOR EACH ROW SET NEW."note" = 'a\\'`,
    `SET sql_mode = DEFAULT, character_set_client = latin1, collation_connection = latin1_swedish_ci`,
  ];
  for (const statement of statements) await connection.query(statement);
  // Sent in UTF-8 and taken for latin1: the bytes must come back all the same.
  await connection.query(
    `CREATE TRIGGER latin AFTER INSERT ON stock FOR EACH ROW INSERT INTO log (text) VALUES ('café')`,
  );
  await connection.query('SET NAMES utf8mb4');
}

async function withTriggers(prefix: string): Promise<TestMysql> {
  const database = await createMysql(prefix, { statements: shop });
  await createTriggers(database);
  return database;
}

describeEngine(mysqlServer, 'triggers during a restore', () => {
  it('stop a restore, by name, unless they may be dropped', async () => {
    await using database = await withTriggers('mye_trg');
    const before = await digestMysql(database.connection);
    const saved = await saveMysql(database.target);
    await expect(putBackMysql(database.target, saved)).rejects.toMatchObject({
      code: 'RESTORE.TRIGGERS',
      message: expect.stringMatching(/odd ` name on stock.*gone on stock|gone on stock.*odd ` name on stock/),
      hint: expect.stringContaining('--drop-triggers'),
    });
    expect(await digestMysql(database.connection)).toEqual(before);
  });

  it('do not act on the restored rows, and are afterwards what they were, in order', async () => {
    await using database = await withTriggers('mye_trd');
    const before = await digestMysql(database.connection);
    const triggers = await listMysqlTriggers(database.connection);
    expect(triggers).toHaveLength(9);
    const saved = await saveMysql(database.target);
    await database.connection.query(`DELETE FROM stock; INSERT INTO other VALUES (1)`);
    const journals: RestoreJournal[] = [];
    const notes = await putBackMysql(database.target, saved, {
      dropTriggers: true,
      saveJournal: async (journal) => void journals.push(journal),
    });
    expect(notes).toEqual([]);
    expect(await digestMysql(database.connection)).toEqual(before);
    expect(await listMysqlTriggers(database.connection)).toEqual(triggers);
    expect(journals).toHaveLength(1);
    await database.connection.query(`INSERT INTO stock (amount, note) VALUES (1, 'n')`);
    expect(await database.connection.query('SELECT amount, note FROM stock WHERE id = 3')).toEqual([
      { amount: 4, note: `it's \\ "x"😀 FOR EACH ROW` },
    ]);
    // Twice: what was created again can be taken down again.
    await putBackMysql(database.target, saved, { dropTriggers: true });
    expect(await listMysqlTriggers(database.connection)).toEqual(triggers);
    expect(await digestMysql(database.connection)).toEqual(before);
  });

  it('are put back when the restore is taken back', async () => {
    await using database = await withTriggers('mye_trr');
    const before = await digestMysql(database.connection);
    const triggers = await listMysqlTriggers(database.connection);
    const saved = await saveMysql(database.target);
    const failing = putBackMysql(database.target, saved, {
      dropTriggers: true,
      beforeCommit: async () => {
        expect(await listMysqlTriggers(database.connection)).toEqual([]);
        throw new Error('no');
      },
    });
    await expect(failing).rejects.toThrow('no');
    expect(await listMysqlTriggers(database.connection)).toEqual(triggers);
    const withoutCounter = (lines: string[]) => lines.map((line) => line.replace(/, next id.*/, ''));
    expect(withoutCounter(await digestMysql(database.connection))).toEqual(withoutCounter(before));
  });

  it('are put back when the connection is lost before the end', async () => {
    await using database = await withTriggers('mye_trl');
    const before = await digestMysql(database.connection);
    const triggers = await listMysqlTriggers(database.connection);
    const { catalogue } = await saveMysql(database.target);
    const holdfast = await mysqlEngine.open(database.target, { lockTimeoutMs: 1000 });
    const transaction = await holdfast.openRestore(restoreRequest(catalogue.tables, { dropTriggers: true }));
    await transaction.clear(catalogue.tables);
    const [process] = await database.connection.query(
      'SELECT ID AS id FROM information_schema.PROCESSLIST WHERE DB = DATABASE() AND ID <> CONNECTION_ID()',
    );
    await database.connection.query(`KILL ${process.id}`);
    await expect(transaction.clear(catalogue.tables)).rejects.toMatchObject({ code: 'DATABASE.LOST' });
    await transaction.rollback();
    await holdfast.close();
    expect(await listMysqlTriggers(database.connection)).toEqual(triggers);
    expect(await digestMysql(database.connection)).toEqual(before);
  });

  it('are put back from the journal of a restore that died, as often as asked', async () => {
    await using database = await withTriggers('mye_trj');
    const triggers = await listMysqlTriggers(database.connection);
    const { catalogue } = await saveMysql(database.target);
    const journals: string[] = [];
    const dying = await mysqlEngine.open(database.target, { lockTimeoutMs: 1000 });
    await dying.openRestore(
      restoreRequest(catalogue.tables, {
        dropTriggers: true,
        saveJournal: async (journal) => void journals.push(JSON.stringify(journal)),
      }),
    );
    await dying.close();
    expect(await listMysqlTriggers(database.connection)).toEqual([]);
    // One of them was put back before the second death.
    const journal: RestoreJournal = JSON.parse(journals[0]!);
    const finishing = await mysqlEngine.open(database.target, { lockTimeoutMs: 1000 });
    await finishing.finishRestore({ statements: journal.statements.slice(0, 2) });
    expect(await listMysqlTriggers(database.connection)).toHaveLength(1);
    await finishing.finishRestore(journal);
    expect(await listMysqlTriggers(database.connection)).toEqual(triggers);
    await finishing.finishRestore(journal);
    expect(await listMysqlTriggers(database.connection)).toEqual(triggers);
    await finishing.close();
  });

  it('are there again before any waiting write of the application goes on', async () => {
    await using database = await withTriggers('mye_trw');
    const saved = await saveMysql(database.target);
    const writers = await Promise.all([connectMysql(database.url), connectMysql(database.url)]);
    let writes: Promise<unknown>[] = [];
    await putBackMysql(database.target, saved, {
      dropTriggers: true,
      beforeCommit: async () => {
        writes = writers.map((writer, index) =>
          writer.query(`INSERT INTO stock (id, amount, note) VALUES (${100 + index}, 5, '')`),
        );
        await database.connection.query('SELECT SLEEP(0.3)');
      },
    });
    await Promise.all(writes);
    expect(await database.connection.query('SELECT amount FROM stock WHERE id >= 100')).toEqual([
      { amount: 12 },
      { amount: 12 },
    ]);
    for (const writer of writers) await writer.end();
  });

  it('change nothing when the journal cannot be saved', async () => {
    await using database = await withTriggers('mye_trs');
    const triggers = await listMysqlTriggers(database.connection);
    const saved = await saveMysql(database.target);
    const saveJournal = async () => {
      throw new Error('disk full');
    };
    await expect(putBackMysql(database.target, saved, { dropTriggers: true, saveJournal })).rejects.toThrow(
      'disk full',
    );
    expect(await listMysqlTriggers(database.connection)).toEqual(triggers);
  });
});
