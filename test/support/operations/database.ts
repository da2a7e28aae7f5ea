import path from 'node:path';
import Database from 'better-sqlite3';
import type { Connection } from 'mariadb';
import pg from 'pg';
import { describe } from 'vitest';
import type { DatabaseTarget } from '../../../src/ports/database.ts';
import { describeEngine, mysqlServer, postgresServer } from '../engines.ts';
import { connectMysql, digestMysql, mysqlTarget } from '../mysql.ts';
import { digestPostgres, postgresTarget } from '../postgres.ts';
import { digestSqlite, makeTempFolder, sqliteTarget } from '../sqlite.ts';
import { type Dialect, mysqlDialect, postgresDialect, sqliteDialect } from './dialect.ts';

export type Cells = readonly (string | null)[];

/** A real database of a test's own, with a connection that stands for the application. */
export interface AppDatabase {
  readonly target: DatabaseTarget;
  /** What a person types to consent. */
  readonly confirmName: string;
  /** Runs statements in order; rejects with the driver's error. */
  run(...statements: readonly string[]): Promise<void>;
  /** The cells of a query's rows, as the texts that the query makes of them. */
  rows(sql: string): Promise<readonly Cells[]>;
  /** The whole content, by the database's own means; equal digests mean equal data and equal counters. */
  digest(): Promise<Readonly<Record<string, string>>>;
  drop(): Promise<void>;
}

/** One kind of database that the operations are driven with. */
export interface AppEngine {
  readonly label: string;
  readonly dialect: Dialect;
  /** A suite for which the database must be there. */
  suite(title: string, body: () => void): void;
  /** `options` are added to the statement that makes the database. */
  create(name: string, options?: string): Promise<AppDatabase>;
}

export const sqliteApp: AppEngine = {
  label: 'SQLite',
  dialect: sqliteDialect,
  suite: (title, body) => void describe(title, body),
  async create(name) {
    return openSqliteApp(path.join(makeTempFolder(), `${name}.db`));
  },
};

/** A connection to a file, which it makes where it is missing. */
export function openSqliteApp(file: string): AppDatabase {
  const handle = new Database(file);
  handle.pragma('synchronous = OFF');
  return {
    target: sqliteTarget(file),
    confirmName: path.basename(file),
    async run(...statements) {
      for (const statement of statements) handle.exec(statement);
    },
    async rows(sql) {
      return handle.prepare<[], Cells>(sql).raw().all();
    },
    async digest() {
      return digestSqlite(file);
    },
    async drop() {
      handle.close();
    },
  };
}

export const postgresApp: AppEngine = {
  label: 'PostgreSQL',
  dialect: postgresDialect,
  suite: (title, body) => describeEngine(postgresServer, title, body),
  async create(name, options = '') {
    const database = uniqueName(name);
    await onPostgres(`CREATE DATABASE ${database} ${options}`);
    const url = urlOf(postgresServer.url, database);
    const client = new pg.Client({
      connectionString: url,
      types: { getTypeParser: () => (text: unknown) => text },
    });
    await client.connect();
    await client.query('SET synchronous_commit = off');
    return {
      target: postgresTarget(url),
      confirmName: database,
      async run(...statements) {
        for (const statement of statements) await client.query(statement);
      },
      async rows(sql) {
        return (await client.query({ text: sql, rowMode: 'array' })).rows;
      },
      digest: () => digestPostgres(client),
      async drop() {
        await client.end();
        await onPostgres(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
      },
    };
  },
};

/** Runs a statement as the superuser, outside of the test's database. */
export async function onPostgres(statement: string): Promise<void> {
  const client = new pg.Client(postgresServer.url);
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

export const mysqlApp: AppEngine = {
  label: 'MariaDB',
  dialect: mysqlDialect,
  suite: (title, body) => describeEngine(mysqlServer, title, body),
  async create(name) {
    const database = uniqueName(name);
    const connection = await connectMysql(mysqlServer.url);
    await connection.query(`CREATE DATABASE ${database} CHARACTER SET utf8mb4; USE ${database}`);
    return {
      target: mysqlTarget(urlOf(mysqlServer.url, database)),
      confirmName: database,
      async run(...statements) {
        for (const statement of statements) await connection.query(statement);
      },
      rows: (sql) => queryRows(connection, sql),
      async digest() {
        const lines = await digestMysql(connection);
        return Object.fromEntries(lines.map((line) => [line.split(':')[0]!, line]));
      },
      async drop() {
        await connection.query(`DROP DATABASE IF EXISTS ${database}`);
        await connection.end();
      },
    };
  },
};

async function queryRows(connection: Connection, sql: string): Promise<readonly Cells[]> {
  const rows: Cells[] = await connection.query({ sql, rowsAsArray: true });
  return [...rows];
}

export const appEngines: readonly AppEngine[] = [sqliteApp, postgresApp, mysqlApp];

let count = 0;

function uniqueName(name: string): string {
  return `hf_ops_${name}_${process.pid}_${count++}`;
}

/** The same server, role and all, with another database. */
export function urlOf(server: string, database: string): string {
  const url = new URL(server);
  url.pathname = `/${database}`;
  return url.href;
}
