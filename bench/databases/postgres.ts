import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { defineTables, type SqlTypes } from '../data/definition.ts';
import { type CellFormat, delimitedText } from '../data/delimited.ts';
import { makeRows } from '../data/rows.ts';
import { type IdKind, type Sizes, tables } from '../data/tables.ts';
import { command } from '../measure/command.ts';
import { childCpuSecondsOf } from '../measure/process-usage.ts';
import type { Digest, Engine } from './engine.ts';
import { toolVersion } from './tool-version.ts';

const quote = (name: string): string => `"${name}"`;

const sql: SqlTypes = {
  quote,
  types: {
    uuid: 'UUID',
    text: 'TEXT',
    key: 'TEXT',
    decimal: 'NUMERIC(12,2)',
    int: 'INTEGER',
    bigint: 'BIGINT',
    double: 'DOUBLE PRECISION',
    json: 'JSONB',
    timestamp: 'TIMESTAMPTZ(3)',
    boolean: 'BOOLEAN',
    bytes: 'BYTEA',
  },
  countedId: 'BIGSERIAL PRIMARY KEY',
  counted: 'BIGINT',
  cuid: 'TEXT',
  canAddForeignKeys: true,
};

const cells: CellFormat = {
  boolean: (value) => (value ? 't' : 'f'),
  timestamp: (ms) => `${new Date(ms).toISOString().replace('T', ' ').slice(0, -1)}+00`,
  bytes: (value) => `\\\\x${value.toString('hex')}`,
};

export function createPostgres(serverUrl: string): Engine {
  const url = (database: string): string => {
    const address = new URL(serverUrl);
    address.pathname = `/${database}`;
    return address.href;
  };
  const onServer = (statement: string): Promise<pg.QueryResult> => query(serverUrl, statement);
  const drop = async (database: string): Promise<void> => {
    await onServer(`DROP DATABASE IF EXISTS ${quote(database)} WITH (FORCE)`);
  };
  const create = async (database: string): Promise<void> => {
    await drop(database);
    await onServer(`CREATE DATABASE ${quote(database)}`);
  };
  return {
    name: 'postgres',
    title: 'PostgreSQL',
    prisma: {
      provider: 'postgresql',
      countedId: 'BigInt',
      attributes: { uuid: '@db.Uuid', decimal: '@db.Decimal(12, 2)', timestamp: '@db.Timestamptz(3)' },
    },
    url,
    confirmName: (database) => database,
    create,
    createEmpty: async (database, idKind) => {
      await create(database);
      const { createTables, createIndexes } = defineTables(sql, idKind);
      await query(url(database), [...createTables, ...createIndexes].join(';'));
    },
    createFull: async (database, sizes, idKind) => {
      await create(database);
      await withClient(url(database), (client) => fill(client, sizes, idKind));
    },
    empty: async (database) => {
      await query(
        url(database),
        `TRUNCATE ${tables.map(({ name }) => quote(name)).join(', ')} RESTART IDENTITY`,
      );
    },
    exists: async (database) => {
      const { rowCount } = await onServer(`SELECT FROM pg_database WHERE datname = '${database}'`);
      return rowCount === 1;
    },
    drop,
    settle: async () => {
      await onServer('CHECKPOINT');
    },
    digest: (database) => withClient(url(database), digest),
    serverCpuSeconds: async () => {
      const { rows } = await onServer("SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1) AS pid");
      // A session counts when the server has seen its process end.
      await new Promise((resolve) => setTimeout(resolve, 100));
      return childCpuSecondsOf(Number(rows[0].pid));
    },
    formEveryCell: async (database) => {
      for (const { name } of tables) await query(url(database), `COPY ${quote(name)} TO '/dev/null'`);
    },
    drain: (database) => {
      const copies = tables.map(({ name }) => `--command=COPY ${quote(name)} TO STDOUT`);
      return { pipeline: [command('psql', '--no-psqlrc', ...copies, url(database))], to: '/dev/null' };
    },
    versions: async () => {
      const { rows } = await onServer('SHOW server_version');
      return {
        PostgreSQL: rows[0].server_version,
        pg_dump: toolVersion('pg_dump'),
        pg_restore: toolVersion('pg_restore'),
      };
    },
  };
}

async function fill(client: pg.Client, sizes: Sizes, idKind: IdKind): Promise<void> {
  const { createTables, createIndexes } = defineTables(sql, idKind);
  await client.query(createTables.join(';'));
  for (const table of tables) {
    const copy = client.query(copyFrom(`COPY ${quote(table.name)} FROM STDIN`));
    await pipeline(delimitedText(table, makeRows(table, sizes, idKind), cells), copy);
    if (idKind === 'cuid') continue;
    await client.query(`SELECT setval('"${table.name}_id_seq"', ${sizes[table.name]})`);
  }
  await client.query(createIndexes.join(';'));
  await client.query('VACUUM ANALYZE');
}

/** Two different 64-bit hashes of each row's text, summed: the order of rows does not count, their number does. */
async function digest(client: pg.Client): Promise<Digest> {
  const entries: [string, string][] = [];
  for (const { name } of tables) {
    const { rows } = await client.query(
      `SELECT concat_ws(' ', count(*), sum(hashtextextended(t::text, 0)::numeric), sum(hashtextextended(t::text, 1)::numeric))
         AS digest FROM ${quote(name)} AS t`,
    );
    entries.push([name, rows[0].digest]);
  }
  return Object.fromEntries(entries);
}

function query(url: string, statement: string): Promise<pg.QueryResult> {
  return withClient(url, (client) => client.query(statement));
}

async function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query("SET TimeZone = 'UTC'");
    return await use(client);
  } finally {
    await client.end();
  }
}
