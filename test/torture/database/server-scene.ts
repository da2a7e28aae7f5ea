import { readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { createLedger, damageLedger } from '../../e2e/kill/ledger.ts';
import { countersOf, type Digest, mustRun, type Rig, withoutCounters } from '../../e2e/rigs/rig.ts';
import { type CliResult, errorOf, leftovers } from '../../support/cli.ts';
import { FaultProxy } from '../rigs/fault-proxy.ts';
import { openServerRig, type ServerEngine, type ServerRig } from '../rigs/server-rig.ts';

/** A database behind a proxy, with a snapshot of it, and what a restore of that may leave. */
export interface ServerScene {
  readonly rig: ServerRig;
  readonly proxy: FaultProxy;
  readonly after: Digest;
  close(): Promise<void>;
}

export const snapshot = 'ledger';
const lines = 120;

/** @param rows how many rows the longest table has */
export async function openServerScene(
  engine: ServerEngine,
  serverUrl: string,
  rows = lines,
): Promise<ServerScene> {
  const proxy = await FaultProxy.open(serverUrl, 0);
  const rig = await openServerRig(engine, serverUrl, proxy.port);
  await createLedger(rig, rows);
  const counter = engine === 'PostgreSQL' ? 'SERIAL PRIMARY KEY' : 'INTEGER PRIMARY KEY AUTO_INCREMENT';
  await rig.execute(`CREATE TABLE tickets (id ${counter}, title VARCHAR(100))`, addTickets('first'));
  await mustRun(rig, 'backup', snapshot, '--quiet');
  const after = await rig.digest();
  const close = async (): Promise<void> => {
    proxy.close();
    await rig.drop();
  };
  return { rig, proxy, after, close };
}

export function addTickets(title: string): string {
  return `INSERT INTO tickets (title) VALUES ('${title} one'), ('${title} two'), ('${title} three')`;
}

/** Makes something else of every table, the counter of `tickets` too. */
export async function damage(rig: Rig): Promise<void> {
  await damageLedger(rig);
  await rig.execute(`DELETE FROM tickets WHERE title LIKE '%one'`, addTickets('later'));
}

export function restoreArguments(rig: Rig, lockTimeout = '20s'): readonly string[] {
  const consent = ['--clear-existing', '--confirm', rig.confirmName];
  return ['restore', snapshot, ...consent, '--json', '--lock-timeout', lockTimeout];
}

/** The laws of a restore that something happened to: before or after, told truly, and the next one succeeds. */
export async function judgeRestore(
  { rig, after }: Pick<ServerScene, 'after'> & { readonly rig: Rig },
  before: Digest,
  result: CliResult,
): Promise<readonly string[]> {
  await rig.settle();
  const found = await rig.digest();
  const broken = [...judgeState(found, { before, after, result }), ...judgeMessage(result)];
  const backups = path.join(rig.folder, 'backups');
  broken.push(...leftovers(backups).map((name) => `${name} is left`));
  const next = await rig.run(...restoreArguments(rig));
  if (next.exitCode !== 0) broken.push(`the next restore exits ${next.exitCode}: ${next.stdout}`);
  else if (!isSame(await rig.digest(), after))
    broken.push('the next restore does not bring the snapshot back');
  forgetSafety(backups);
  return broken;
}

function judgeState(
  found: Digest,
  { before, after, result }: { readonly before: Digest; readonly after: Digest; readonly result: CliResult },
): readonly string[] {
  const isAfter = isSame(found, after);
  if (result.exitCode === 0)
    return isAfter ? [] : ['it reports success, and the database is not as the snapshot'];
  // Two true answers to a connection that is lost at the commit, or behind it.
  const isUnknown = /not known|The rows are restored/.test(result.stdout);
  if (!isSame(found, before) && !(isUnknown && isAfter)) {
    return [
      `the database is neither as before nor as told (exit ${result.exitCode}): ${result.stdout.slice(0, 300)}`,
    ];
  }
  const counters = countersOf(found);
  const lower = [...countersOf(before)].filter(
    ([table, next]) => (counters.get(table) ?? 0) < next && !isAfter,
  );
  return lower.map(([table]) => `the counter of ${table} is lower than before`);
}

export function isSame(left: Digest, right: Digest): boolean {
  return JSON.stringify(withoutCounters(left)) === JSON.stringify(withoutCounters(right));
}

function judgeMessage(result: CliResult): readonly string[] {
  if (result.exitCode === 0) return [];
  const { code, message, hint } = errorOf(result);
  const isTold = result.exitCode === 2 && /^(DATABASE|RESTORE)\./.test(code) && (hint ?? '').length > 0;
  return isTold ? [] : [`the failure is told as exit ${result.exitCode}, ${code}, ${message}, hint ${hint}`];
}

/** Every restore leaves one; some campaigns make thousands. */
function forgetSafety(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (name.startsWith('safety-')) rmSync(path.join(folder, name));
  }
}
