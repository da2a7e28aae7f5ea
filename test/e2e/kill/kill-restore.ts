import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type BinaryRun, leftovers, startBinary } from '../../support/cli.ts';
import { countersOf, type Digest, mustRun, type Rig, withoutCounters } from '../rigs/rig.ts';
import type { KillPoint, Written } from './kill-point.ts';
import { damageLedger } from './ledger.ts';
import type { Observe } from './observe.ts';
import type { Verdict, WireProxy } from './wire-proxy.ts';

export type State = 'before' | 'after' | 'neither';

export interface KillResult {
  readonly point: KillPoint;
  readonly written: Written;
  /** What the database holds after the process has died. */
  readonly state: State;
  /** Whether the counters of generated ids are free, where the engine does not take them back. */
  readonly areIdsFree: boolean;
  /** The exit code of the next restore, and whether it then held the snapshot. */
  readonly next: { readonly exitCode: number; readonly state: State };
  readonly leftovers: readonly string[];
}

export interface KillScene {
  readonly rig: Rig;
  /** The name of the snapshot to restore. */
  readonly snapshot: string;
  readonly totalRows: number;
  /** Further options of every restore. */
  readonly flags?: readonly string[];
  /** How the traffic to the server is stopped and measured; null where the program ends itself (SQLite). */
  readonly wire: Wire | null;
}

export interface Wire {
  readonly proxy: WireProxy;
  /** How many bytes the program sends in a whole restore. */
  readonly totalBytes: number;
  /** Finds the statement that is the first to write. */
  readonly firstWrite: RegExp;
  readonly observe: Observe;
}

/** The arguments of every restore here. */
export function restoreArguments({ rig, snapshot, flags = [] }: KillScene): string[] {
  return ['restore', snapshot, '--clear-existing', '--confirm', rig.confirmName, '--quiet', ...flags];
}

/**
 * Damages the database, ends a restore at the point with SIGKILL, says what the database holds then, and runs the
 * restore again.
 */
export async function killRestore(scene: KillScene, point: KillPoint): Promise<KillResult> {
  const { rig } = scene;
  const after = await rig.digest();
  await damageLedger(rig);
  const before = await rig.digest();
  const written = await killAt(scene, point);
  const found = await rig.digest();
  const next = await rig.run(...restoreArguments(scene));
  return {
    point,
    written,
    state: compare(found, { before, after }),
    areIdsFree: areIdsFree(found, before),
    next: { exitCode: next.exitCode, state: compare(await rig.digest(), { before, after }) },
    leftovers: leftovers(path.join(rig.folder, 'backups')),
  };
}

/** Starts a restore, ends it at the point, and waits until nothing is left of its session. */
export async function killAt(scene: KillScene, point: KillPoint): Promise<Written> {
  const written = await (scene.wire === null
    ? killInside(scene, point)
    : killOutside(scene, point, scene.wire));
  await scene.rig.settle();
  return written;
}

export function compare(found: Digest, { before, after }: { before: Digest; after: Digest }): State {
  const text = JSON.stringify(withoutCounters(found));
  if (text === JSON.stringify(withoutCounters(before))) return 'before';
  return text === JSON.stringify(withoutCounters(after)) ? 'after' : 'neither';
}

export function areIdsFree(found: Digest, before: Digest): boolean {
  const counters = countersOf(found);
  return [...countersOf(before)].every(([table, next]) => (counters.get(table) ?? 0) >= next);
}

/** Stops the traffic at the point, asks the server what it has of the restore, and kills the process. */
async function killOutside(scene: KillScene, point: KillPoint, wire: Wire): Promise<Written> {
  const { pid, ended } = await holdRestore(scene, point, wire);
  const written = await settled(wire.observe);
  process.kill(pid, 'SIGKILL');
  await ended;
  wire.proxy.release();
  // What is committed is no longer counted as a transaction's.
  return point.at === 'committed' ? { ...written, rows: scene.totalRows, isFirstWriteDone: true } : written;
}

/** Starts a restore and stops its traffic at the point. */
export async function holdRestore(scene: KillScene, point: KillPoint, wire: Wire): Promise<BinaryRun> {
  const held = wire.proxy.watch(judgeOf(point, wire));
  const running = startBinary(restoreArguments(scene), { cwd: scene.rig.folder, env: scene.rig.env });
  const early = await Promise.race([held, running.ended]);
  if (early === undefined) return running;
  wire.proxy.release();
  throw new Error(`the restore ended before the point: exit ${early.exitCode} ${early.stderr}`);
}

function judgeOf(
  point: KillPoint,
  { totalBytes, firstWrite }: Wire,
): (piece: Buffer, before: number) => Verdict {
  if (point.at === 'rows') return (_piece, before) => (before >= point.share * totalBytes ? 'hold' : 'pass');
  if (point.at === 'begin') return (piece) => (firstWrite.test(piece.toString('latin1')) ? 'hold' : 'pass');
  const verdict = point.at === 'commit' ? 'hold' : 'hold answer';
  return (piece, before) =>
    before > 0.9 * totalBytes && /\bCOMMIT\b/.test(piece.toString('latin1')) ? verdict : 'pass';
}

/** The server works off what it has been sent; InnoDB renews its figures ten times a second. */
async function settled(observe: Observe): Promise<Written> {
  let last = await observe();
  for (;;) {
    await sleep(250);
    const seen = await observe();
    if (seen.rows === last.rows && seen.evidence === last.evidence) return seen;
    last = seen;
  }
}

/** SQLite works inside of the process, so that a preloaded module counts its statements and ends it. */
async function killInside(scene: KillScene, point: KillPoint): Promise<Written> {
  const { rig, totalRows } = scene;
  const preload = fileURLToPath(new URL('./kill-at-row.mjs', import.meta.url));
  const at = point.at === 'rows' ? String(Math.max(1, Math.round(point.share * totalRows))) : point.at;
  const { signal, stderr } = await startBinary(restoreArguments(scene), {
    cwd: rig.folder,
    env: { ...rig.env, HOLDFAST_TEST_KILL_AT: at, HOLDFAST_TEST_DATABASE: path.join(rig.folder, 'app.db') },
    nodeArguments: ['--import', preload],
  }).ended;
  const line = stderr.trim().split('\n').at(-1) ?? '';
  if (signal !== 'SIGKILL') throw new Error(`the restore ended before the point: ${stderr}`);
  const { rows, statements, files } = JSON.parse(line) as {
    rows: number;
    statements: number;
    files: { database: number; journal: number; wal: number };
  };
  const evidence = `${statements} INSERTs ran; journal ${files.journal} B, wal ${files.wal} B`;
  return { rows, isFirstWriteDone: point.at !== 'begin', evidence };
}

/** Takes the snapshot that every restore here brings back; its name. */
export async function takeSnapshotOf(rig: Rig): Promise<string> {
  await mustRun(rig, 'backup', 'ledger', '--quiet');
  return 'ledger';
}
