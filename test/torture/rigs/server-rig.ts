import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { parseDigest } from '../../e2e/rigs/mysql-rig.ts';
import type { Digest, Rig } from '../../e2e/rigs/rig.ts';
import { runCli } from '../../support/cli.ts';
import { connectMysql, digestMysql } from '../../support/mysql.ts';
import { digestPostgres } from '../../support/postgres.ts';
import { makeTempFolder } from '../../support/sqlite.ts';

export type ServerEngine = 'PostgreSQL' | 'MariaDB';

/** A connection of somebody else than the program. */
export interface Session {
  run(sql: string): Promise<void>;
  /** The cells of the first column. */
  column(sql: string): Promise<readonly string[]>;
  digest(): Promise<Digest>;
  end(): Promise<void>;
}

/** A database whose server may die: every call connects anew. */
export interface ServerRig extends Rig {
  readonly engine: ServerEngine;
  /** A connection that stays open, straight to the server. */
  openSession(): Promise<Session>;
  /** The numbers of the program's sessions, the newest first. */
  findSessions(): Promise<readonly string[]>;
}

const openers: Readonly<Record<ServerEngine, (url: string) => Promise<Session>>> = {
  PostgreSQL: openPostgresSession,
  MariaDB: openMariadbSession,
};

const sessionQueries: Readonly<Record<ServerEngine, (database: string) => string>> = {
  PostgreSQL: (database) =>
    `SELECT pid::text FROM pg_stat_activity WHERE datname = '${database}' AND application_name = 'holdfast' ORDER BY backend_start DESC`,
  MariaDB: (database) =>
    `SELECT ID FROM information_schema.PROCESSLIST WHERE DB = '${database}' AND ID <> CONNECTION_ID() AND USER = 'application' ORDER BY ID DESC`,
};

let count = 0;

/** @param proxyPort where the program reaches the server */
export async function openServerRig(
  engine: ServerEngine,
  serverUrl: string,
  proxyPort: number,
): Promise<ServerRig> {
  const name = `hf_torture_${process.pid}_${count++}`;
  const direct = new URL(serverUrl);
  const withSession = async <T>(url: string, work: (session: Session) => Promise<T>): Promise<T> => {
    const session = await openers[engine](url);
    try {
      return await work(session);
    } finally {
      await session.end();
    }
  };
  await withSession(serverUrl, async (session) => {
    await session.run(`CREATE DATABASE ${name}`);
    if (engine === 'PostgreSQL') return;
    await session.run(`CREATE USER IF NOT EXISTS application@'%'`);
    await session.run(`GRANT ALL PRIVILEGES ON ${name}.* TO application@'%'`);
  });
  direct.pathname = `/${name}`;
  const seen = new URL(direct);
  seen.port = String(proxyPort);
  if (engine === 'MariaDB') seen.username = 'application';
  const folder = makeTempFolder();
  const env = { DATABASE_URL: seen.href };
  const inDatabase = <T>(work: (session: Session) => Promise<T>): Promise<T> =>
    withSession(direct.href, work);
  const findSessions = () => inDatabase((session) => session.column(sessionQueries[engine](name)));
  return {
    ...{ engine, folder, url: seen.href, env, confirmName: name, findSessions },
    openSession: () => openers[engine](direct.href),
    execute: (...statements) =>
      inDatabase(async (session) => {
        for (const statement of statements) await session.run(statement);
      }),
    ask: async (query) => (await inDatabase((session) => session.column(query)))[0] ?? '',
    digest: () => inDatabase((session) => session.digest()),
    async settle() {
      for (let tries = 0; tries < 600; tries++) {
        if ((await findSessions()).length === 0) return;
        await sleep(30);
      }
      throw new Error('a session of a dead client did not end');
    },
    run: (...argv) => runCli(argv, { cwd: folder, env }),
    drop: () => withSession(serverUrl, (session) => session.run(`DROP DATABASE ${name}`)),
  };
}

async function openPostgresSession(url: string): Promise<Session> {
  const client = new pg.Client(url);
  // The server may die while nothing is asked of it.
  client.on('error', () => undefined);
  await client.connect();
  return {
    run: async (sql) => void (await client.query(sql)),
    async column(sql) {
      const { rows } = await client.query<string[]>({ text: sql, rowMode: 'array' });
      return rows.map(([cell]) => String(cell));
    },
    digest: () => digestPostgres(client),
    end: () => client.end().catch(() => undefined),
  };
}

async function openMariadbSession(url: string): Promise<Session> {
  const connection = await connectMysql(url);
  connection.on('error', () => undefined);
  return {
    run: async (sql) => void (await connection.query(sql)),
    async column(sql) {
      const rows: Record<string, unknown>[] = await connection.query(sql);
      return rows.map((row) => String(Object.values(row)[0]));
    },
    digest: async () => parseDigest(await digestMysql(connection)),
    end: () => connection.end().catch(() => undefined),
  };
}
