import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import type { DatabaseTarget } from '../../src/ports/database.ts';

/** A server that tests may make databases on. */
export interface PostgresServer {
  /** `12`, `15`, `18`. */
  readonly major: number;
  /** The URL of a database on it, for the superuser or another role. */
  /** Where its Unix socket is; null when not known. */
  readonly socketFolder: string | null;
  url(database: string, role?: { readonly user: string; readonly password?: string }): string;
  stop(): void;
}

/** A database that a test made, with a connection of the superuser. */
export interface TestDatabase {
  readonly name: string;
  readonly url: string;
  readonly client: pg.Client;
  /** Runs statements, one after the other. */
  run(...statements: readonly string[]): Promise<void>;
  drop(): Promise<void>;
}

const superuser = 'postgres';
const systemUrl =
  process.env['HOLDFAST_TEST_POSTGRES_URL'] ?? 'postgresql://postgres@127.0.0.1:5432/postgres';

/** The server that runs on this machine. */
export async function runningPostgres(): Promise<PostgresServer> {
  const client = new pg.Client(systemUrl);
  await client.connect();
  const { rows } = await client.query(`SELECT current_setting('server_version_num')::int / 10000 AS major`);
  await client.end();
  return {
    major: rows[0].major,
    socketFolder: null,
    url: (database, role) => withDatabase(systemUrl, database, role),
    stop: () => undefined,
  };
}

/**
 * Starts a private server from a development dependency; the caller stops it.
 *
 * @param access lines of pg_hba.conf; by default everybody is let in
 */
export async function startPostgres(
  dependency: 'pg12' | 'pg18',
  access: readonly string[] = [],
): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), `holdfast-${dependency}-`));
  const user = process.getuid?.() === 0 ? superuser : null;
  try {
    // The checkout may stand where the server's own user cannot read, and npm keeps no execute bits.
    cpSync(fileURLToPath(new URL(`../../node_modules/${dependency}/native`, import.meta.url)), folder, {
      recursive: true,
    });
    linkLibraries(folder);
    const bin = join(folder, 'bin');
    for (const name of readdirSync(bin)) chmodSync(join(bin, name), 0o755);
    if (user !== null) execFileSync('chown', ['-R', user, folder]);
    chmodSync(folder, 0o755);
    const data = join(folder, 'data');
    const port = await freePort();
    const asUser = (command: string, ...args: string[]): void => {
      const [file, rest] =
        user === null
          ? [join(bin, command), args]
          : ['runuser', ['-u', user, '--', join(bin, command), ...args]];
      execFileSync(file, rest, { stdio: ['ignore', 'ignore', 'inherit'], cwd: folder });
    };
    asUser('initdb', '-D', data, '-A', 'trust', '-U', superuser, '--no-sync', '-E', 'UTF8', '--locale=C');
    if (access.length > 0) writeFileSync(join(data, 'pg_hba.conf'), `${access.join('\n')}\n`);
    const options = `-p ${port} -k ${folder} -c listen_addresses=127.0.0.1 -c fsync=off`;
    asUser('pg_ctl', '-D', data, '-w', '-l', join(folder, 'log'), '-o', options, 'start');
    return {
      major: Number(dependency.slice(2)),
      socketFolder: folder,
      url: (database, role) =>
        withDatabase(`postgresql://${superuser}@127.0.0.1:${port}/postgres`, database, role),
      stop: () => {
        asUser('pg_ctl', '-D', data, '-w', '-m', 'immediate', 'stop');
        rmSync(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/** Makes an empty database with a name of its own. */
export async function createDatabase(server: PostgresServer, options = ''): Promise<TestDatabase> {
  const name = `holdfast_test_${randomBytes(6).toString('hex')}`;
  await onServer(server, `CREATE DATABASE ${name} ${options}`);
  const client = new pg.Client(server.url(name));
  // A test that stops its server before it drops the database fails by its own assertion, not by this connection.
  client.on('error', () => undefined);
  await client.connect();
  return {
    name,
    url: server.url(name),
    client,
    async run(...statements) {
      for (const statement of statements) await client.query(statement);
    },
    async drop() {
      await client.end();
      await onServer(server, `DROP DATABASE ${name} ${server.major >= 13 ? 'WITH (FORCE)' : ''}`);
    },
  };
}

/** Runs a statement as the superuser, outside of the test's database. */
export async function onServer(server: PostgresServer, statement: string): Promise<void> {
  const client = new pg.Client(server.url('postgres'));
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** Where a test's database is, as config would say it. */
export function postgresTarget(url: string, schemas: readonly string[] = []): DatabaseTarget {
  return { provider: 'postgresql', url, file: null, schemas, origin: 'DATABASE_URL' };
}

/**
 * What the database holds, as the server itself sees it: per table the number of its rows and a digest of their text
 * that does not depend on their order, and the state of every sequence. Equal values mean equal content.
 */
export async function digestPostgres(client: pg.Client): Promise<Readonly<Record<string, string>>> {
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  try {
    await client.query(
      `SET LOCAL TimeZone = 'Asia/Kolkata'; SET LOCAL extra_float_digits = 3; SET LOCAL search_path = '';
       SET LOCAL row_security = off; SET LOCAL bytea_output = 'escape'; SET LOCAL DateStyle = 'German'`,
    );
    const digest: Record<string, string> = {};
    const { rows } = await client.query(
      `SELECT c.relkind::text AS kind, n.nspname || '.' || c.relname AS name, format('%I.%I', n.nspname, c.relname) AS quoted
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE c.relkind IN ('r', 'S') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ORDER BY 2`,
    );
    for (const { kind, name, quoted } of rows) {
      const sql =
        kind === 'S' ? `SELECT last_value || ' ' || is_called AS digest FROM ${quoted}` : tableDigest(quoted);
      digest[name] = (await client.query(sql)).rows[0].digest;
    }
    return digest;
  } finally {
    await client.query('ROLLBACK');
  }
}

/** Both halves of each row's MD5 are summed: order does not matter, and equal rows do not cancel each other out. */
function tableDigest(table: string): string {
  return `SELECT count(*) || ' ' || coalesce(sum(high::numeric), 0) || ' ' || coalesce(sum(low::numeric), 0) AS digest
    FROM (SELECT ('x' || substr(md5, 1, 16))::bit(64)::int8 AS high, ('x' || substr(md5, 17))::bit(64)::int8 AS low
      FROM (SELECT md5(t::text) AS md5 FROM ONLY ${table} AS t) AS hashed) AS halves`;
}

function withDatabase(
  url: string,
  database: string,
  role?: { readonly user: string; readonly password?: string },
): string {
  const parsed = new URL(url);
  parsed.pathname = `/${database}`;
  if (role !== undefined) {
    parsed.username = role.user;
    parsed.password = role.password ?? '';
  }
  return parsed.href;
}

/** npm packages hold no symbolic links; the package lists those its libraries need. */
function linkLibraries(folder: string): void {
  const list = join(folder, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const link of links) {
    const [target, path] = [link.source, link.target].map((one) =>
      join(folder, one.replace(/^native\//, '')),
    );
    if (existsSync(path!)) continue;
    mkdirSync(dirname(path!), { recursive: true });
    symlinkSync(target!, path!);
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
