import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from 'mariadb';
import { runCli } from '../../support/cli.ts';
import { connectMysql, digestMysql } from '../../support/mysql.ts';
import { makeTempFolder } from '../../support/sqlite.ts';
import type { Digest, Rig } from './rig.ts';

export interface MysqlRig extends Rig {
  readonly database: string;
  /** A connection of the administrator, with this database chosen. */
  readonly administrator: Connection;
  /** The session of `execute` and `ask`. */
  readonly ownerId: number;
}

let count = 0;

/** A database with an account that has every right on it, and none on the server. */
export async function openMysqlRig(
  serverUrl: string,
  through: { readonly port?: number } = {},
): Promise<MysqlRig> {
  const name = `hf_cli_${process.pid}_${count++}`;
  const password = 'canary-7f3a';
  const administrator = await connectMysql(serverUrl);
  await administrator.query(`CREATE DATABASE ${name} CHARACTER SET utf8mb4`);
  await administrator.query(`CREATE USER ${name}@'%' IDENTIFIED BY '${password}'`);
  await administrator.query(`GRANT ALL PRIVILEGES ON ${name}.* TO ${name}@'%'`);
  await administrator.query(`USE ${name}`);
  const ownerUrl = new URL(serverUrl);
  ownerUrl.pathname = `/${name}`;
  Object.assign(ownerUrl, { username: name, password });
  const owner = await connectMysql(ownerUrl.href);
  const ownerId = owner.threadId ?? 0;
  // The application may reach its server through something else than the test.
  if (through.port !== undefined) ownerUrl.port = String(through.port);
  const folder = makeTempFolder();
  const env = { DATABASE_URL: ownerUrl.href };
  return {
    ...{
      engine: 'MariaDB',
      folder,
      url: ownerUrl.href,
      env,
      confirmName: name,
      database: name,
      administrator,
    },
    ownerId,
    async execute(...statements) {
      for (const statement of statements) await owner.query(statement);
    },
    async ask(query) {
      const rows: Record<string, unknown>[] = await owner.query(query);
      return String(Object.values(rows[0] ?? {})[0]);
    },
    digest: async () => parseDigest(await digestMysql(administrator)),
    settle: () => waitForSessions(administrator, { database: name, ownerId }),
    run: (...argv) => runCli(argv, { cwd: folder, env }),
    async drop() {
      await owner.end();
      await administrator.query(`DROP DATABASE ${name}`);
      await administrator.query(`DROP USER ${name}@'%'`);
      await administrator.end();
    },
  };
}

/** The server's lines, with the counters apart from the rows. */
export function parseDigest(lines: readonly string[]): Digest {
  const digest: Record<string, string> = {};
  for (const line of lines) {
    const [, table, content, counter] = /^(.*): (checksum .*), next id (.*)$/s.exec(line) ?? [];
    digest[`table ${table}`] = content!;
    if (counter !== 'null') digest[`next id of ${table}`] = counter!;
  }
  return digest;
}

async function waitForSessions(
  administrator: Connection,
  { database, ownerId }: { readonly database: string; readonly ownerId: number },
): Promise<void> {
  const sql = 'SELECT COUNT(*) AS sessions FROM information_schema.PROCESSLIST WHERE USER = ? AND ID <> ?';
  for (let tries = 0; tries < 1200; tries++) {
    const rows: { sessions: string | number }[] = await administrator.query(sql, [database, ownerId]);
    if (Number(rows[0]?.sessions) === 0) return;
    await sleep(50);
  }
  throw new Error('a session of a dead client did not end');
}
