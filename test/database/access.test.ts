import { afterAll, beforeAll, expect, it } from 'vitest';
import { openEngines } from '../../src/database/registry.ts';
import type { AccessReport } from '../../src/ports/access.ts';
import type { DatabaseTarget } from '../../src/ports/database.ts';
import { describeEngine, mysqlServer, postgresServer } from '../support/engines.ts';
import { createMysql, mysqlTarget, putBackMysql, saveMysql, type TestMysql } from '../support/mysql.ts';
import {
  createDatabase,
  onServer,
  type PostgresServer,
  postgresTarget,
  runningPostgres,
} from '../support/postgres.ts';
import { makeSqliteFile, sqliteTarget } from '../support/sqlite.ts';

async function examine(target: DatabaseTarget): Promise<AccessReport> {
  const database = await openEngines().open(target, { lockTimeoutMs: 5000 });
  try {
    return await database.examineAccess({ allSchemas: false });
  } finally {
    await database.close();
  }
}

/** What stands in the way, and with which tables. */
async function obstaclesOf(target: DatabaseTarget): Promise<unknown[]> {
  const { obstacles } = await examine(target);
  return obstacles.map(({ what, tables }) => [what, ...tables.map(({ name }) => name)]);
}

async function canBackUp(target: DatabaseTarget): Promise<boolean> {
  const database = await openEngines().open(target, { lockTimeoutMs: 5000 });
  try {
    const snapshot = await database.openSnapshot({ allSchemas: false });
    for (const table of snapshot.catalogue.tables) for await (const _chunk of snapshot.rows(table));
    await snapshot.close();
    return true;
  } catch {
    return false;
  } finally {
    await database.close();
  }
}

it('counts the tables of a SQLite file', async () => {
  const file = makeSqliteFile(
    'CREATE TABLE a (x); CREATE TABLE b (id INTEGER PRIMARY KEY AUTOINCREMENT); CREATE VIEW v AS SELECT 1;',
  );
  const { server, user, tables, estimatedBytes, obstacles } = await examine(sqliteTarget(file));
  expect([server.startsWith('SQLite 3.'), user, tables, obstacles]).toEqual([true, null, 2, []]);
  expect(estimatedBytes).toBeGreaterThan(4096);
});

describeEngine(postgresServer, 'the rights of a PostgreSQL role', () => {
  const role = `holdfast_access_${process.pid}`;
  let server: PostgresServer;
  let database: Awaited<ReturnType<typeof createDatabase>>;
  let target: DatabaseTarget;

  beforeAll(async () => {
    server = await runningPostgres();
    await onServer(server, `CREATE ROLE ${role} LOGIN PASSWORD 'reader'`);
    database = await createDatabase(server);
    await database.run(
      'CREATE TABLE product (id serial PRIMARY KEY, name text)',
      'CREATE TABLE orders (id int PRIMARY KEY, product_id int REFERENCES product)',
      'CREATE SCHEMA outside',
      'CREATE TABLE outside.review (product_id int REFERENCES product)',
    );
    target = postgresTarget(server.url(database.name, { user: role, password: 'reader' }));
  });
  afterAll(async () => {
    await database.run(`REASSIGN OWNED BY ${role} TO CURRENT_USER`, `DROP OWNED BY ${role}`);
    await database.drop();
    await onServer(server, `DROP ROLE ${role}`);
  });

  it('are enough where nothing stands in the way', async () => {
    const { server: name, user, tables, obstacles } = await examine(postgresTarget(database.url));
    expect([/^PostgreSQL \d+/.test(name), user, tables, obstacles]).toEqual([true, 'postgres', 2, []]);
  });

  it('are found wanting where a table or a sequence cannot be read', async () => {
    await database.run(`GRANT SELECT ON orders TO ${role}`);
    expect(await canBackUp(target)).toBe(false);
    const { obstacles } = await examine(target);
    expect(obstacles.map(({ what, tables }) => [what, tables.map(({ name }) => name)])).toEqual([
      ['reading', ['product']],
      ['reading', ['product_id_seq']],
      ['restoring', ['review', 'orders', 'product', 'product_id_seq']],
    ]);
  });

  it('are enough for a backup when the remedies are carried out', async () => {
    const { obstacles } = await examine(target);
    const remedies = obstacles.filter(({ what }) => what === 'reading').map(({ remedy }) => remedy);
    await database.run(...remedies);
    expect(await obstaclesOf(target)).toEqual([
      ['restoring', 'review', 'orders', 'product', 'product_id_seq'],
    ]);
    expect(await canBackUp(target)).toBe(true);
  });

  it('are not enough where row-level security hides rows', async () => {
    await database.run('ALTER TABLE product ENABLE ROW LEVEL SECURITY');
    expect(await obstaclesOf(target)).toContainEqual(['hidden rows', 'product']);
    expect(await canBackUp(target)).toBe(false);
    await database.run('ALTER TABLE product DISABLE ROW LEVEL SECURITY');
    expect(await obstaclesOf(target)).not.toContainEqual(['hidden rows', 'product']);
  });

  it('are those of an owner, for a restore', async () => {
    await database.run(
      ...['product', 'orders', 'outside.review'].map((table) => `ALTER TABLE ${table} OWNER TO ${role}`),
    );
    expect(await obstaclesOf(target)).toEqual([]);
  });

  it('say where a schema of the application is not there', async () => {
    const { obstacles } = await examine(postgresTarget(database.url, ['public', 'nowhere']));
    expect(obstacles.map(({ what, message }) => [what, message])).toEqual([
      ['reading', 'The database has no schema nowhere, which the application names'],
    ]);
  });
});

describeEngine(mysqlServer, 'the rights of a MariaDB user', () => {
  const account = `'hf_access_${process.pid}'@'%'`;
  let database: TestMysql;
  let target: DatabaseTarget;

  beforeAll(async () => {
    database = await createMysql('hf_access', {
      statements: [
        'CREATE TABLE product (id INT AUTO_INCREMENT PRIMARY KEY, name TEXT) ENGINE=InnoDB',
        "INSERT INTO product (name) VALUES ('Anvil'), ('Bolt')",
      ],
    });
    await database.connection.query(`CREATE USER ${account} IDENTIFIED BY 'reader'`);
    const url = new URL(database.url);
    url.username = account.slice(1, account.indexOf("'", 1));
    url.password = 'reader';
    target = mysqlTarget(url.href);
  });
  afterAll(async () => {
    await database.connection.query(`DROP USER ${account}`);
    await database.drop();
  });

  it('are enough where nothing stands in the way', async () => {
    const { server, tables, obstacles } = await examine(database.target);
    expect([/^(MariaDB|MySQL) \d+/.test(server), tables, obstacles]).toEqual([true, 1, []]);
  });

  it('are found wanting where a table cannot be seen', async () => {
    await database.connection.query(`GRANT SELECT ON ${database.name}.product TO ${account}`);
    expect(await canBackUp(target)).toBe(false);
    expect(await obstaclesOf(target)).toEqual([['reading'], ['restoring']]);
  });

  it('are enough for a backup with the remedy of the first, and for a restore with that of the second', async () => {
    const carryOut = async (what: string): Promise<void> => {
      const { obstacles } = await examine(target);
      const { remedy } = obstacles.find((one) => one.what === what)!;
      const statement = remedy.slice(remedy.indexOf('GRANT')).replace(/the user$/, account);
      await database.connection.query(statement);
    };
    await carryOut('reading');
    expect(await obstaclesOf(target)).toEqual([['restoring']]);
    expect(await canBackUp(target)).toBe(true);
    const saved = await saveMysql(target);
    await database.connection.query('DELETE FROM product');
    await expect(putBackMysql(target, saved)).rejects.toThrow();
    await carryOut('restoring');
    expect(await obstaclesOf(target)).toEqual([]);
    await putBackMysql(target, saved);
    expect(await database.connection.query('SELECT count(*) AS n FROM product')).toEqual([{ n: '2' }]);
  });

  it('do not help where a table knows no transactions', async () => {
    await database.connection.query('CREATE TABLE old (x INT) ENGINE=MyISAM');
    expect(await obstaclesOf(database.target)).toEqual([['restoring', 'old']]);
    await database.connection.query('DROP TABLE old');
  });
});
