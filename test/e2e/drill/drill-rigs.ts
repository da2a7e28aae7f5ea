import { readdirSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { connectMysql } from '../../support/mysql.ts';
import { openMysqlRig } from '../rigs/mysql-rig.ts';
import { openPostgresRig } from '../rigs/postgres-rig.ts';
import type { Rig } from '../rigs/rig.ts';
import { openSqliteRig } from '../rigs/sqlite-rig.ts';

/** A database of a test's own, and a look at what drills have made beside it. */
export interface DrillRig {
  readonly rig: Rig;
  /** Names of databases, schemas or folders of drills, in order. */
  leftovers(): Promise<readonly string[]>;
  /** Makes something that is named like the database of a drill, and was made by none. */
  makeAlike(name: string): Promise<void>;
  drop(): Promise<void>;
}

/** `database`: the role may make databases; `schema`: it may not. */
export async function openPostgresDrillRig(url: string, kind: 'database' | 'schema'): Promise<DrillRig> {
  const rig = await openPostgresRig(url);
  if (kind === 'database') await rig.superuser.query(`ALTER ROLE ${rig.database} CREATEDB`);
  const administrator = new pg.Client(url);
  await administrator.connect();
  const made: string[] = [];
  return {
    rig,
    async leftovers() {
      const sql = `SELECT nspname::text AS name FROM pg_namespace WHERE nspname LIKE 'holdfast%'`;
      const schemas = await rig.superuser.query<{ name: string }>(sql);
      const databases = await administrator.query<{ name: string }>(
        `SELECT datname::text AS name FROM pg_database WHERE datname LIKE 'holdfast_drill%' AND pg_get_userbyid(datdba) = $1`,
        [rig.database],
      );
      return [...schemas.rows, ...databases.rows].map(({ name }) => name).sort();
    },
    async makeAlike(name) {
      if (kind === 'schema') return rig.execute(`CREATE SCHEMA ${name}`);
      await rig.execute(`CREATE DATABASE ${name}`);
      made.push(name);
    },
    async drop() {
      for (const name of made) await administrator.query(`DROP DATABASE ${name}`);
      await administrator.end();
      await rig.drop();
    },
  };
}

export async function openMysqlDrillRig(url: string): Promise<DrillRig> {
  const rig = await openMysqlRig(url);
  const administrator = await connectMysql(url);
  await administrator.query(`GRANT ALL PRIVILEGES ON \`holdfast\\_drill\\_%\`.* TO ${rig.database}@'%'`);
  const made: string[] = [];
  return {
    rig,
    async leftovers() {
      const rows: Record<string, string>[] = await administrator.query(
        `SHOW DATABASES LIKE 'holdfast\\_drill%'`,
      );
      return rows.flatMap((row) => Object.values(row)).sort();
    },
    async makeAlike(name) {
      await administrator.query(`CREATE DATABASE ${name}`);
      made.push(name);
    },
    async drop() {
      for (const name of made) await administrator.query(`DROP DATABASE ${name}`);
      await administrator.end();
      await rig.drop();
    },
  };
}

export function openSqliteDrillRig(): DrillRig & { readonly rig: ReturnType<typeof openSqliteRig> } {
  const rig = openSqliteRig();
  const folder = path.join(rig.folder, 'backups');
  return {
    rig,
    async leftovers() {
      return readdirSync(folder)
        .filter((name) => name.includes('holdfast_drill'))
        .sort();
    },
    async makeAlike(name) {
      const { mkdirSync } = await import('node:fs');
      mkdirSync(path.join(folder, `.${name}`));
    },
    drop: () => rig.drop(),
  };
}
