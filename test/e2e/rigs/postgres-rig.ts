import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { runCli } from '../../support/cli.ts';
import { digestPostgres } from '../../support/postgres.ts';
import { makeTempFolder } from '../../support/sqlite.ts';
import type { Rig } from './rig.ts';

export interface PostgresRig extends Rig {
  readonly database: string;
  /** A connection of the superuser to this database. */
  readonly superuser: pg.Client;
}

let count = 0;

/** A database that belongs to a role without superuser rights. */
export async function openPostgresRig(
  serverUrl: string,
  through: { readonly port?: number } = {},
): Promise<PostgresRig> {
  const name = `hf_cli_${process.pid}_${count++}`;
  const password = 'canary-7f3a';
  await onServer(serverUrl, [
    `CREATE ROLE ${name} LOGIN PASSWORD '${password}' NOSUPERUSER NOCREATEDB NOCREATEROLE`,
    `CREATE DATABASE ${name} OWNER ${name}`,
  ]);
  const adminUrl = new URL(serverUrl);
  adminUrl.pathname = `/${name}`;
  const ownerUrl = new URL(adminUrl);
  Object.assign(ownerUrl, { username: name, password });
  const superuser = await connect(adminUrl.href);
  await superuser.query(`ALTER SCHEMA public OWNER TO ${name}`);
  const owner = await connect(ownerUrl.href);
  // The application may reach its server through something else than the test.
  if (through.port !== undefined) ownerUrl.port = String(through.port);
  const folder = makeTempFolder();
  const env = { DATABASE_URL: ownerUrl.href };
  return {
    ...{
      engine: 'PostgreSQL',
      folder,
      url: ownerUrl.href,
      env,
      confirmName: name,
      database: name,
      superuser,
    },
    async execute(...statements) {
      for (const statement of statements) await owner.query(statement);
    },
    async ask(query) {
      const { rows } = await owner.query<string[]>({ text: query, rowMode: 'array' });
      return String(rows[0]?.[0]);
    },
    digest: () => digestPostgres(superuser),
    settle: () => waitForSessions(superuser, name),
    run: (...argv) => runCli(argv, { cwd: folder, env }),
    async drop() {
      await owner.end();
      await superuser.end();
      await onServer(serverUrl, [`DROP DATABASE ${name}`, `DROP ROLE ${name}`]);
    },
  };
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client(url);
  await client.connect();
  return client;
}

async function onServer(serverUrl: string, statements: readonly string[]): Promise<void> {
  const client = await connect(serverUrl);
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

async function waitForSessions(superuser: pg.Client, database: string): Promise<void> {
  const sql = `SELECT count(*)::int AS sessions FROM pg_stat_activity WHERE datname = $1 AND application_name = 'holdfast'`;
  for (let tries = 0; tries < 600; tries++) {
    const { rows } = await superuser.query<{ sessions: number }>(sql, [database]);
    if (rows[0]?.sessions === 0) return;
    await sleep(50);
  }
  throw new Error('a session of a dead client did not end');
}
