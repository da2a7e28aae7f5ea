import { openMysqlRig } from '../rigs/mysql-rig.ts';
import { openPostgresRig } from '../rigs/postgres-rig.ts';
import { mustRun, type Rig } from '../rigs/rig.ts';
import { openSqliteRig } from '../rigs/sqlite-rig.ts';
import { type KillScene, restoreArguments, takeSnapshotOf } from './kill-restore.ts';
import { createLedger, damageLedger, rowCounts, totalRows } from './ledger.ts';
import { observeMysql, observePostgres } from './observe.ts';
import { WireProxy } from './wire-proxy.ts';

/** A filled database with a snapshot of it, and the way to kill its restore. */
export interface OpenScene extends KillScene {
  close(): Promise<void>;
}

export async function openSqliteScene(lines: number, options: { readonly wal: boolean }): Promise<OpenScene> {
  const rig = openSqliteRig(options);
  await createLedger(rig, lines);
  return {
    rig,
    snapshot: await takeSnapshotOf(rig),
    totalRows: totalRows(lines),
    wire: null,
    close: rig.drop,
  };
}

export async function openPostgresScene(lines: number, serverUrl: string): Promise<OpenScene> {
  const proxy = await openProxy(serverUrl, 5432);
  const rig = await openPostgresRig(serverUrl, { port: proxy.port });
  const scene = await prepare({ rig, proxy, lines });
  const observe = observePostgres(rig, rowCounts(lines));
  return { ...scene, wire: { ...scene.wire, firstWrite: /\bALTER TABLE\b|\bTRUNCATE\b/, observe } };
}

export async function openMysqlScene(lines: number, serverUrl: string): Promise<OpenScene> {
  const proxy = await openProxy(serverUrl, 3306);
  const rig = await openMysqlRig(serverUrl, { port: proxy.port });
  const scene = await prepare({ rig, proxy, lines });
  const observe = observeMysql(rig, scene.rowsBefore);
  return { ...scene, wire: { ...scene.wire, firstWrite: /\bDELETE FROM\b/, observe } };
}

async function openProxy(serverUrl: string, defaultPort: number): Promise<WireProxy> {
  const { hostname, port } = new URL(serverUrl);
  return WireProxy.open({ host: hostname, port: Number(port || defaultPort) });
}

/** Fills the database, takes the snapshot, and measures one whole restore over the damaged rows. */
async function prepare({ rig, proxy, lines }: { rig: Rig; proxy: WireProxy; lines: number }) {
  await createLedger(rig, lines);
  const snapshot = await takeSnapshotOf(rig);
  const scene = { rig, snapshot, totalRows: totalRows(lines) };
  await damageLedger(rig);
  const rowsBefore = await countRows(rig, Object.keys(rowCounts(lines)));
  void proxy.watch(() => 'pass');
  await mustRun(rig, ...restoreArguments({ ...scene, wire: null }));
  const close = async (): Promise<void> => {
    proxy.close();
    await rig.drop();
  };
  return { ...scene, rowsBefore, wire: { proxy, totalBytes: proxy.bytes }, close };
}

/** How many rows the damaged database has, which the restore deletes first. */
async function countRows(rig: Rig, tables: readonly string[]): Promise<number> {
  let rows = 0;
  for (const table of tables) rows += Number(await rig.ask(`SELECT COUNT(*) FROM ${table}`));
  return rows;
}
