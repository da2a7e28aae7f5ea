import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openMysqlRig } from '../../e2e/rigs/mysql-rig.ts';
import { openPostgresRig } from '../../e2e/rigs/postgres-rig.ts';
import type { Rig } from '../../e2e/rigs/rig.ts';
import { openSqliteRig } from '../../e2e/rigs/sqlite-rig.ts';
import { type CliResult, documentOf, errorOf, leftovers, runBinary } from '../../support/cli.ts';
import { mysqlServer, postgresServer } from '../../support/engines.ts';
import { FaultProxy } from '../rigs/fault-proxy.ts';
import {
  changeDialects,
  createLines,
  markerStatement,
  mixtureIn,
  type SchemaChange,
  schemaChanges,
} from './schema-change.ts';

/** A database whose tables another session changes while the dump stands still at a chosen point. */
export interface ChangeScene {
  readonly rig: Rig;
  readonly changes: readonly SchemaChange[];
  /** How many points a dump without any change has. */
  countPoints(): Promise<number>;
  /** A dump with the change made at the point. */
  dump(change: SchemaChange, point: number): Promise<{ readonly result: CliResult; readonly fired: boolean }>;
  close(): Promise<void>;
}

const preload = fileURLToPath(new URL('../rigs/act-at-statement.mjs', import.meta.url));
/** How long a change is given that may have to wait until the dump has ended. */
const graceMs = 150;
const command = ['backup', '--json', '--level', '1', '--lock-timeout', '5s'];

/**
 * @param program another build than the project's own
 */
export async function openServerScene(
  engine: 'PostgreSQL' | 'MariaDB',
  program?: string,
): Promise<ChangeScene> {
  const isPostgres = engine === 'PostgreSQL';
  const serverUrl = isPostgres ? postgresServer.url : mysqlServer.url;
  const proxy = await FaultProxy.open(serverUrl, isPostgres ? 5432 : 3306);
  const open = isPostgres ? openPostgresRig : openMysqlRig;
  const rig: Rig = await open(serverUrl, { port: proxy.port });
  const run = (): Promise<CliResult> =>
    program === undefined
      ? rig.run(...command)
      : runBinary(command, { cwd: rig.folder, env: rig.env, program });
  return {
    rig,
    changes: schemaChanges(changeDialects[engine]),
    async countPoints() {
      await prepare(rig);
      proxy.clear();
      await run();
      return proxy.counts.pieces;
    },
    async dump(change, point) {
      await prepare(rig);
      let changed: Promise<void> = Promise.resolve();
      const act = async (): Promise<void> => {
        // A change that fails, as the victim of a deadlock, has changed nothing.
        changed = rig.execute(markerStatement, change.sql).catch(() => rig.execute('ROLLBACK'));
        await Promise.race([changed, sleep(graceMs)]);
      };
      proxy.set({ point: { count: 'pieces', at: point }, act, after: 'pass' });
      const result = await run();
      const { fired } = proxy;
      proxy.clear();
      await changed;
      return { result, fired };
    },
    async close() {
      proxy.close();
      await rig.drop();
    },
  };
}

export async function openSqliteScene(
  options: { readonly wal: boolean },
  program?: string,
): Promise<ChangeScene> {
  const rig = openSqliteRig(options);
  const run = async (point: number, sql: readonly string[]) => {
    await prepare(rig);
    const env = {
      ...rig.env,
      HOLDFAST_TEST_DATABASE: rig.file,
      HOLDFAST_TEST_ACT_AT: String(point),
      HOLDFAST_TEST_ACT_SQL: JSON.stringify(sql),
    };
    const nodeArguments = ['--import', preload];
    const result = await runBinary(command, {
      ...{ cwd: rig.folder, env, nodeArguments },
      ...(program === undefined ? {} : { program }),
    });
    const said = JSON.parse(result.stderr.trim().split('\n').at(-1) ?? '') as {
      statements: number;
      outcome: string | null;
    };
    return { result, ...said };
  };
  return {
    rig,
    changes: schemaChanges(changeDialects.SQLite),
    countPoints: async () => (await run(0, [])).statements,
    async dump(change, point) {
      const { result, outcome } = await run(point, [markerStatement, change.sql]);
      return { result, fired: outcome === 'done' || outcome === 'locked' };
    },
    async close() {},
  };
}

async function prepare(rig: Rig): Promise<void> {
  await createLines(rig);
  rmSync(path.join(rig.folder, 'backups'), { recursive: true, force: true });
  mkdirSync(path.join(rig.folder, 'backups'));
}

/** The laws that a dump has broken: it holds one instant, or fails with a reason and leaves nothing. */
export function judgeDump({ rig }: ChangeScene, change: SchemaChange, result: CliResult): readonly string[] {
  const left = leftovers(path.join(rig.folder, 'backups'));
  const broken = left.map((name) => `${name} is left`);
  if (result.exitCode === 0) {
    const { snapshot } = documentOf(result) as { snapshot: { path: string } };
    const mixture = mixtureIn(snapshot.path, change);
    return mixture === null ? broken : [...broken, mixture];
  }
  if (result.exitCode !== 2) return [...broken, `exit code ${result.exitCode}: ${result.stderr}`];
  const { code, hint } = errorOf(result);
  if (!code.startsWith('DATABASE.') || hint === null)
    broken.push(`the failure is told as ${code}, hint ${hint}`);
  return broken;
}
