import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { type Connection, type ConnectionConfig, createConnection } from 'mariadb';
import { defineTables, type SqlTypes } from '../data/definition.ts';
import { type CellFormat, delimitedText } from '../data/delimited.ts';
import { makeRows } from '../data/rows.ts';
import { type IdKind, type Sizes, type Table, tables } from '../data/tables.ts';
import { cpuSecondsOf } from '../measure/process-usage.ts';
import type { Digest, Engine } from './engine.ts';
import { mysqlClient } from './mysql-client.ts';
import { selectLengths } from './select-lengths.ts';
import { toolVersion } from './tool-version.ts';

const quote = (name: string): string => `\`${name}\``;

const sql: SqlTypes = {
  quote,
  types: {
    uuid: 'CHAR(36)',
    text: 'TEXT',
    key: 'VARCHAR(191)',
    decimal: 'DECIMAL(12,2)',
    int: 'INTEGER',
    bigint: 'BIGINT',
    double: 'DOUBLE',
    json: 'JSON',
    timestamp: 'DATETIME(3)',
    boolean: 'BOOLEAN',
    bytes: 'LONGBLOB',
  },
  countedId: 'BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY',
  counted: 'BIGINT',
  cuid: 'VARCHAR(191)',
  tableOptions: ' DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci',
  canAddForeignKeys: true,
};

const cells: CellFormat = {
  boolean: (value) => (value ? '1' : '0'),
  timestamp: (ms) => new Date(ms).toISOString().replace('T', ' ').slice(0, -1),
  bytes: (value) => value.toString('hex'),
};

export function createMysql(serverUrl: string): Engine {
  const url = (database: string): string => {
    const address = new URL(serverUrl);
    address.pathname = `/${database}`;
    return address.href;
  };
  const drop = (database: string): Promise<void> =>
    run(serverUrl, [`DROP DATABASE IF EXISTS ${quote(database)}`]);
  const create = (database: string): Promise<void> =>
    run(serverUrl, [
      `DROP DATABASE IF EXISTS ${quote(database)}`,
      `CREATE DATABASE ${quote(database)} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`,
    ]);
  return {
    name: 'mysql',
    title: 'MariaDB',
    prisma: {
      provider: 'mysql',
      countedId: 'BigInt',
      attributes: {
        ...{ uuid: '@db.Char(36)', text: '@db.Text', decimal: '@db.Decimal(12, 2)' },
        ...{ timestamp: '@db.DateTime(3)', bytes: '@db.LongBlob' },
      },
    },
    url,
    confirmName: (database) => database,
    create,
    createEmpty: async (database, idKind) => {
      await create(database);
      const { createTables, createIndexes } = defineTables(sql, idKind);
      await run(url(database), [...createTables, ...createIndexes]);
    },
    createFull: async (database, sizes, idKind) => {
      await create(database);
      const { createTables, createIndexes } = defineTables(sql, idKind);
      await run(url(database), createTables);
      for (const table of tables) await loadTable(url(database), table, { sizes, idKind });
      await run(url(database), createIndexes);
      await run(url(database), [`ANALYZE TABLE ${tables.map(({ name }) => quote(name)).join(', ')}`]);
    },
    empty: (database) =>
      run(url(database), [
        'SET foreign_key_checks = 0',
        ...tables.map(({ name }) => `TRUNCATE TABLE ${quote(name)}`),
      ]),
    exists: async (database) => (await select(serverUrl, `SHOW DATABASES LIKE '${database}'`)).length === 1,
    drop,
    settle: () => waitUntilFlushed(serverUrl),
    digest: (database) => digest(url(database)),
    serverCpuSeconds: async () => {
      const [row] = await select(serverUrl, 'SELECT @@pid_file AS file');
      return cpuSecondsOf(Number(readFileSync(String(row!['file']), 'utf8')));
    },
    formEveryCell: (database) =>
      run(
        url(database),
        tables.map((table) => selectLengths(table, quote)),
      ),
    drain: (database) => {
      const statements = tables.map(({ name }) => `SELECT * FROM ${quote(name)};`).join('');
      const reading = mysqlClient(url(database), 'mariadb', '--quick', '--batch', `--execute=${statements}`);
      return { pipeline: [reading], to: '/dev/null' };
    },
    versions: async () => {
      const [row] = await select(serverUrl, 'SELECT VERSION() AS version');
      return {
        MariaDB: String(row!['version']),
        'mariadb-dump': toolVersion('mariadb-dump'),
        mariadb: toolVersion('mariadb'),
        gzip: toolVersion('gzip'),
      };
    },
  };
}

async function loadTable(
  url: string,
  table: Table,
  { sizes, idKind }: { sizes: Sizes; idKind: IdKind },
): Promise<void> {
  const columns = table.columns.map(({ name, kind }) => (kind === 'bytes' ? `@${name}` : quote(name)));
  const bytes = table.columns.filter(({ kind }) => kind === 'bytes');
  const set = bytes.map(({ name }) => `${quote(name)} = UNHEX(@${name})`).join(', ');
  const load =
    `LOAD DATA LOCAL INFILE 'rows' INTO TABLE ${quote(table.name)} CHARACTER SET utf8mb4 (${columns.join(', ')})` +
    (set === '' ? '' : ` SET ${set}`);
  await withConnection(url, { permitLocalInfile: true }, async (connection) => {
    await connection.query('SET foreign_key_checks = 0, unique_checks = 0');
    // The driver sends a whole stream as one packet, so each statement takes a piece that fits one.
    for await (const piece of delimitedText(table, makeRows(table, sizes, idKind), cells)) {
      await connection.query({ sql: load, infileStreamFactory: () => Readable.from([piece]) });
      const [warning] = await connection.query('SHOW WARNINGS LIMIT 1');
      if (warning !== undefined) throw new Error(`Loading ${table.name}: ${warning.Message}`);
    }
  });
}

/** Two halves of an MD5 of each row's bytes, summed and folded: the order of rows does not count, their number does. */
async function digest(url: string): Promise<Digest> {
  const entries: [string, string][] = [];
  for (const table of tables) {
    const row = table.columns
      .map(({ name }) => `IFNULL(HEX(CAST(${quote(name)} AS BINARY)), '-')`)
      .join(', ');
    const half = (start: number): string => `CAST(CONV(SUBSTR(hash, ${start}, 16), 16, 10) AS UNSIGNED)`;
    const [result] = await select(
      url,
      `SELECT CONCAT_WS(' ', COUNT(*), SUM(${half(1)}), BIT_XOR(${half(17)})) AS digest
       FROM (SELECT MD5(CONCAT_WS(',', ${row})) AS hash FROM ${quote(table.name)}) AS hashes`,
    );
    entries.push([table.name, String(result!['digest'])]);
  }
  return Object.fromEntries(entries);
}

const flushTries = 300;

/** Waits until InnoDB has written the pages that it holds changed. */
async function waitUntilFlushed(url: string): Promise<void> {
  await withConnection(url, {}, async (connection) => {
    const [settings] = await connection.query(
      'SELECT @@innodb_max_dirty_pages_pct AS most, @@innodb_max_dirty_pages_pct_lwm AS low',
    );
    await connection.query('SET GLOBAL innodb_max_dirty_pages_pct_lwm = 0');
    await connection.query('SET GLOBAL innodb_max_dirty_pages_pct = 0');
    try {
      for (let tries = 0; tries < flushTries; tries++) {
        const [row] = await connection.query("SHOW GLOBAL STATUS LIKE 'Innodb_buffer_pool_pages_dirty'");
        if (Number(row.Value) < 100) return;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    } finally {
      await connection.query(`SET GLOBAL innodb_max_dirty_pages_pct = ${settings.most}`);
      await connection.query(`SET GLOBAL innodb_max_dirty_pages_pct_lwm = ${settings.low}`);
    }
  });
}

async function run(url: string, statements: readonly string[]): Promise<void> {
  await withConnection(url, {}, async (connection) => {
    for (const statement of statements) await connection.query(statement);
  });
}

function select(url: string, statement: string): Promise<Record<string, unknown>[]> {
  return withConnection(url, {}, (connection) => connection.query(statement));
}

async function withConnection<T>(
  url: string,
  config: ConnectionConfig,
  use: (connection: Connection) => Promise<T>,
): Promise<T> {
  const { hostname, port, username, password, pathname } = new URL(url);
  const connection = await createConnection({
    ...{ host: hostname, port: Number(port || 3306), user: decodeURIComponent(username) },
    ...{ password: decodeURIComponent(password), timezone: 'Z', bigIntAsNumber: true },
    ...(pathname.length > 1 ? { database: decodeURIComponent(pathname.slice(1)) } : {}),
    ...config,
  });
  try {
    return await use(connection);
  } finally {
    await connection.end();
  }
}
