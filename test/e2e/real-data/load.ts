import { chmodSync, copyFileSync, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { projectFolder } from '../../support/cli.ts';
import type { Rig } from '../rigs/rig.ts';
import type { openSqliteRig } from '../rigs/sqlite-rig.ts';

const data = path.resolve(projectFolder, '../shared/data');

/** Why the data that others made cannot be used; null when it is there. */
export const missingData = existsSync(data) ? null : `${data} is absent`;

export async function loadSqliteChinook(rig: ReturnType<typeof openSqliteRig>): Promise<void> {
  copyFileSync(path.join(data, 'chinook/Chinook_Sqlite.sqlite'), rig.file);
  chmodSync(rig.file, 0o600);
}

/** The statements behind those that make the database itself. */
export async function loadPostgresChinook(rig: Rig): Promise<void> {
  const script = readFileSync(path.join(data, 'chinook/Chinook_PostgreSql.sql'), 'utf8');
  await rig.execute(script.slice(script.indexOf('\\c chinook;') + '\\c chinook;'.length));
}

export async function loadMysqlChinook(rig: Rig): Promise<void> {
  const script = readFileSync(path.join(data, 'chinook/Chinook_MySql.sql'), 'utf8');
  await rig.execute(script.slice(script.indexOf('USE `Chinook`;') + 'USE `Chinook`;'.length));
}

/** Runs both dumps as the role that owns the database, so that it owns everything in it. */
export async function loadPagila(rig: Rig): Promise<void> {
  const client = new pg.Client(rig.url);
  await client.connect();
  try {
    const schema = readFileSync(path.join(data, 'pagila/pagila-schema.sql'), 'utf8');
    await client.query(schema.replaceAll(/^ALTER .* OWNER TO postgres;$/gm, ''));
    const dump = readFileSync(path.join(data, 'pagila/pagila-data.sql'), 'utf8');
    for (const part of dump.split(/(^COPY [^;]+ FROM stdin;\n[\s\S]*?^\\\.$)/m)) await runPart(client, part);
  } finally {
    await client.end();
  }
}

async function runPart(client: pg.Client, part: string): Promise<void> {
  if (!part.startsWith('COPY ')) {
    await client.query(part);
    return;
  }
  const end = part.indexOf('\n') + 1;
  const rows = part.slice(end, part.lastIndexOf('\\.'));
  await pipeline(Readable.from([Buffer.from(rows)]), client.query(copyFrom(part.slice(0, end))));
}
