import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Connection, createConnection } from 'mariadb';
import { mysqlEngine } from '../../src/database/mysql/engine.ts';
import type {
  Catalogue,
  DatabaseTarget,
  RestoreRequest,
  RestoreTransaction,
} from '../../src/ports/database.ts';
import type { RowChunk, RowSource } from '../../src/snapshot/rows.ts';
import type { TableName } from '../../src/snapshot/table.ts';
import { mysqlServer } from './engines.ts';

const rootUrl = mysqlServer.url.replace(/\/$/, '');

/** A database of a test's own on the running server. */
export interface TestMysql extends AsyncDisposable {
  readonly name: string;
  readonly url: string;
  readonly target: DatabaseTarget;
  /** A plain connection of the driver, as an application has it. */
  readonly connection: Connection;
  /** Drops the database and closes the connection. */
  drop(): Promise<void>;
}

export interface TestMysqlOptions {
  /** The server, as a URL without a database. */
  readonly server?: string;
  /** Statements to run in the new database. */
  readonly statements?: readonly string[];
}

let count = 0;

/** Creates a database whose name begins with the prefix. */
export async function createMysql(prefix: string, options: TestMysqlOptions = {}): Promise<TestMysql> {
  const server = options.server ?? rootUrl;
  const name = `${prefix}_${process.pid}_${count++}`;
  const connection = await connectMysql(`${server}/`);
  const quoted = `\`${name.replaceAll('`', '``')}\``;
  await connection.query(`DROP DATABASE IF EXISTS ${quoted}`);
  await connection.query(`CREATE DATABASE ${quoted} CHARACTER SET utf8mb4`);
  await connection.query(`USE ${quoted}`);
  const url = `${server}/${encodeURIComponent(name)}`;
  const drop = async (): Promise<void> => {
    if (!connection.isValid()) return;
    await endOthers(connection, name);
    await connection.query(`DROP DATABASE IF EXISTS ${quoted}`);
    await connection.end();
  };
  try {
    for (const statement of options.statements ?? []) await connection.query(statement);
  } catch (error) {
    await drop();
    throw error;
  }
  return { name, url, target: mysqlTarget(url), connection, drop, [Symbol.asyncDispose]: drop };
}

/** A test that failed in the middle must not keep its database locked. */
async function endOthers(connection: Connection, database: string): Promise<void> {
  const others: { id: string }[] = await connection.query(
    'SELECT ID AS id FROM information_schema.PROCESSLIST WHERE DB = ? AND ID <> CONNECTION_ID()',
    [database],
  );
  // One that ends by itself meanwhile is as good.
  for (const { id } of others) await connection.query(`KILL ${id}`).catch(() => undefined);
}

/** A plain connection of the driver: strict, in UTC, with numbers that keep their digits. */
export async function connectMysql(url: string): Promise<Connection> {
  const { hostname, port, username, password, pathname } = new URL(url);
  const database = decodeURIComponent(pathname.slice(1));
  return createConnection({
    host: hostname,
    port: Number(port || 3306),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    ...(database === '' ? {} : { database }),
    charset: 'utf8mb4',
    multipleStatements: true,
    bigNumberStrings: true,
    supportBigNumbers: true,
    dateStrings: true,
    connectTimeout: 10_000,
    sessionVariables: {
      sql_mode: 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES',
      time_zone: '+00:00',
    },
  });
}

export function mysqlTarget(url: string): DatabaseTarget {
  return { provider: 'mysql', url, file: null, schemas: [], origin: 'the test' };
}

/**
 * What the server itself says of every base table: checksum, rows and next id. Equal texts mean equal data; made
 * without Holdfast's reader.
 */
export async function digestMysql(connection: Connection): Promise<string[]> {
  const tables: { name: string; counter: string | null }[] = await connection.query(
    `SELECT TABLE_NAME AS name, AUTO_INCREMENT AS counter FROM information_schema.TABLES
     WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED') ORDER BY TABLE_NAME`,
  );
  const lines: string[] = [];
  for (const { name, counter } of tables) {
    const quoted = `\`${name.replaceAll('`', '``')}\``;
    const [checksum] = await connection.query(`CHECKSUM TABLE ${quoted} EXTENDED`);
    const [rows] = await connection.query(`SELECT COUNT(*) AS total FROM ${quoted}`);
    lines.push(`${name}: checksum ${checksum.Checksum}, rows ${rows.total}, next id ${counter}`);
  }
  return lines;
}

/** The triggers of the database as the server prints them, without the time of their creation. */
export async function listMysqlTriggers(connection: Connection): Promise<unknown[]> {
  const triggers: { name: string }[] = await connection.query(
    `SELECT TRIGGER_NAME AS name, EVENT_OBJECT_TABLE AS tableName, ACTION_TIMING AS timing, EVENT_MANIPULATION AS event,
       ACTION_ORDER AS position, ACTION_STATEMENT AS body, SQL_MODE AS mode, DEFINER AS definer,
       CHARACTER_SET_CLIENT AS charset, COLLATION_CONNECTION AS collation
     FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE() ORDER BY TRIGGER_NAME`,
  );
  return triggers;
}

/** A server of a test's own, that nothing else uses. */
export interface PrivateMariadb {
  readonly port: number;
  readonly rootUrl: string;
  readonly process: ChildProcess;
  stop(): Promise<void>;
}

/** Starts a private MariaDB with an empty data folder; the arguments are added to its command line. */
export async function startMariadb(serverArguments: readonly string[] = []): Promise<PrivateMariadb> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-mariadb-'));
  const data = join(folder, 'data');
  spawnSync('chown', ['nobody', folder]);
  const install = spawnSync(
    'runuser',
    [
      ...['-u', 'nobody', '--', 'mariadb-install-db', '--no-defaults', `--datadir=${data}`],
      ...['--auth-root-authentication-method=normal', '--skip-test-db'],
    ],
    { encoding: 'utf8' },
  );
  if (install.status !== 0) throw new Error(`mariadb-install-db failed: ${install.stderr}`);
  const port = await findFreePort();
  const child = spawn(
    'runuser',
    [
      ...['-u', 'nobody', '--', 'mariadbd', '--no-defaults', `--datadir=${data}`],
      ...[`--socket=${join(folder, 's.sock')}`, `--port=${port}`, '--bind-address=127.0.0.1'],
      ...[`--pid-file=${join(folder, 'pid')}`, '--character-set-server=utf8mb4', ...serverArguments],
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const url = `mysql://root@127.0.0.1:${port}`;
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => {
    log = (log + chunk.toString('utf8')).slice(-2000);
  });
  await waitUntilReady(url, child).catch((error: unknown) => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
    throw new Error(`${error instanceof Error ? error.message : error}: ${log}`);
  });
  const stop = async (): Promise<void> => {
    const closed = new Promise((resolve) => child.once('exit', resolve));
    if (child.exitCode === null) {
      child.kill('SIGTERM');
      await closed;
    }
    rmSync(folder, { recursive: true, force: true });
  };
  return { port, rootUrl: url, process: child, stop };
}

async function waitUntilReady(url: string, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 100 && child.exitCode === null; tries++) {
    const connection = await connectMysql(`${url}/`).catch(() => null);
    if (connection !== null) return connection.end();
    await sleep(100);
  }
  throw new Error('the private MariaDB did not start');
}

function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

/** Everything that a snapshot of the database holds, in memory. */
export interface SavedRows {
  readonly catalogue: Catalogue;
  readonly rows: ReadonlyMap<string, readonly RowChunk[]>;
}

/** Reads a whole database through the engine. */
export async function saveMysql(target: DatabaseTarget): Promise<SavedRows> {
  const database = await mysqlEngine.open(target, { lockTimeoutMs: 2000 });
  try {
    const snapshot = await database.openSnapshot({ allSchemas: false });
    const rows = new Map<string, readonly RowChunk[]>();
    for (const table of snapshot.catalogue.tables) {
      rows.set(table.name, await collect(snapshot.rows(table)));
    }
    const { catalogue } = snapshot;
    await snapshot.close();
    return { catalogue, rows };
  } finally {
    await database.close();
  }
}

async function collect(rows: RowSource): Promise<RowChunk[]> {
  const chunks: RowChunk[] = [];
  for await (const chunk of rows) chunks.push(chunk);
  return chunks;
}

export interface PutBackOptions extends Partial<RestoreRequest> {
  /** Runs before the commit. */
  readonly beforeCommit?: (transaction: RestoreTransaction) => Promise<void>;
}

/** Restores every saved table through the engine, in one transaction; the sentences of counters and commit. */
export async function putBackMysql(
  target: DatabaseTarget,
  saved: SavedRows,
  options: PutBackOptions = {},
): Promise<readonly string[]> {
  const { beforeCommit, ...request } = options;
  const database = await mysqlEngine.open(target, { lockTimeoutMs: 2000 });
  try {
    const transaction = await database.openRestore(restoreRequest(saved.catalogue.tables, request));
    try {
      const notes = await fill(transaction, saved);
      await beforeCommit?.(transaction);
      return [...notes, ...(await transaction.commit())];
    } catch (error) {
      await transaction.rollback();
      throw error;
    }
  } finally {
    await database.close();
  }
}

async function fill(transaction: RestoreTransaction, saved: SavedRows): Promise<readonly string[]> {
  await transaction.clear(saved.catalogue.tables);
  for (const table of saved.catalogue.tables) {
    const columns = table.columns.map((column) => column.name);
    await transaction.insertRows(table, columns, chunksOf(saved.rows.get(table.name) ?? []));
  }
  return transaction.setSequences(saved.catalogue.sequences, { atLeastCurrent: false });
}

export function restoreRequest(
  tables: readonly TableName[],
  request: Partial<RestoreRequest> = {},
): RestoreRequest {
  return {
    scope: { allSchemas: false },
    tables,
    createSchema: [],
    dropTriggers: false,
    saveJournal: async () => undefined,
    ...request,
  };
}

/** Row lines as a source, from chunks or from text. */
export async function* chunksOf(chunks: readonly (RowChunk | string)[]): AsyncGenerator<RowChunk, void> {
  for (const chunk of chunks) {
    if (typeof chunk === 'string') yield { bytes: Buffer.from(chunk), rows: chunk.split('\n').length - 1 };
    else yield chunk;
  }
}

/** The lines of one saved table, as parsed values. */
export function linesOf(saved: SavedRows, table: string): unknown[][] {
  const text = Buffer.concat((saved.rows.get(table) ?? []).map((chunk) => chunk.bytes)).toString('utf8');
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}
