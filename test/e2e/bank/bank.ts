import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { documentOf, projectFolder } from '../../support/cli.ts';
import { mustRun, type Rig } from '../rigs/rig.ts';
import { accounts } from './accounts.ts';

const firstBalance = 1000;
/** What both tables hold together, at every instant. */
export const allMoney = 2 * accounts * firstBalance;

const tables = ['wallets', 'vaults'] as const;
const defaultWriters = 10;

export interface BankResult {
  readonly readings: number;
  /** Readings in which money was missing, or too much. */
  readonly wrong: number;
  /** How many different sums one of the two tables had: proof that money moved between the readings. */
  readonly differentSplits: number;
  /** Moves that were committed meanwhile. */
  readonly moves: number;
}

export async function createBank(rig: Rig): Promise<void> {
  for (const table of tables) {
    await rig.execute(
      `CREATE TABLE ${table} (id INTEGER PRIMARY KEY, balance INTEGER NOT NULL, owner VARCHAR(200))`,
    );
    const rows = Array.from(
      { length: accounts },
      (_, index) => `(${index + 1}, ${firstBalance}, '${'x'.repeat(150)}')`,
    );
    await rig.execute(`INSERT INTO ${table} VALUES ${rows.join(', ')}`);
  }
}

/** Takes backups while ten writers move money, and adds up what each snapshot holds. */
export async function backUpBank(rig: Rig, backups: number): Promise<BankResult> {
  return whileMoneyMoves(rig, backups, () => readBackup(rig));
}

/** Takes one backup; what each table holds in it. */
export async function readBackup(rig: Rig): Promise<readonly number[]> {
  const { snapshot } = documentOf(await mustRun(rig, 'backup', '--json', '--level', '1')) as {
    snapshot: { path: string };
  };
  const balances = balancesIn(snapshot.path);
  // Some campaigns take thousands.
  for (const ending of ['', '.meta.json', '.sha256']) rmSync(`${snapshot.path}${ending}`, { force: true });
  return balances;
}

/** The control: one table is read after the other, without a snapshot transaction. */
export async function readBankNaively(rig: Rig, readings: number): Promise<BankResult> {
  return whileMoneyMoves(rig, readings, async () => {
    const balances = await readNaively(rig);
    await sleep(5);
    return balances;
  });
}

/** What each table holds, one asked after the other. */
export async function readNaively(rig: Rig): Promise<readonly number[]> {
  const balances: number[] = [];
  for (const table of tables) balances.push(Number(await rig.ask(`SELECT SUM(balance) FROM ${table}`)));
  return balances;
}

async function whileMoneyMoves(
  rig: Rig,
  readings: number,
  read: () => Promise<readonly number[]>,
): Promise<BankResult> {
  const running = await startWriters(rig);
  try {
    const first = running.moves();
    const results: (readonly number[])[] = [];
    for (let reading = 0; reading < readings; reading++) results.push(await read());
    return {
      readings,
      wrong: results.filter((balances) => sum(balances) !== allMoney).length,
      differentSplits: new Set(results.map(([balance]) => balance)).size,
      moves: running.moves() - first,
    };
  } finally {
    await running.stop();
  }
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** What each table holds in a snapshot, read by nothing but gunzip and JSON. */
function balancesIn(snapshot: string): number[] {
  const { tables: held } = JSON.parse(gunzipSync(readFileSync(snapshot)).toString('utf8')) as {
    tables: { table: { name: string }; rows: [number, number, string][] }[];
  };
  return tables.map((name) => {
    const rows = held.find(({ table }) => table.name === name)!.rows;
    if (rows.length !== accounts) throw new Error(`${rows.length} accounts in ${name}`);
    return sum(rows.map(([, balance]) => balance));
  });
}

export interface Writers {
  /** How many moves are committed. */
  moves(): number;
  stop(): Promise<void>;
}

/** Writers in processes of their own; of a database file one each, since such a connection blocks its process. */
export async function startWriters(rig: Rig, writers = defaultWriters): Promise<Writers> {
  const isFile = rig.engine === 'SQLite';
  const counts = isFile ? Array.from({ length: writers }, () => 1) : [writers];
  const processes = counts.map((count) => startProcess(rig.url, count));
  const moves = (): number => sum(processes.map((one) => one.moves));
  const isMoving = (): boolean => processes.every((one) => one.moves > 0);
  for (let tries = 0; tries < 600 && !isMoving(); tries++) await sleep(50);
  const stop = async (): Promise<void> => {
    for (const { child } of processes) child.kill('SIGKILL');
    await Promise.all(processes.map(({ exited }) => exited));
  };
  if (isMoving()) return { moves, stop };
  await stop();
  throw new Error('the writers do not write');
}

interface WriterProcess {
  readonly child: ChildProcess;
  readonly exited: Promise<unknown>;
  moves: number;
}

function startProcess(url: string, count: number): WriterProcess {
  const script = fileURLToPath(new URL('./writers.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', script, url, String(count)], {
    cwd: projectFolder,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const started: WriterProcess = {
    child,
    exited: new Promise((resolve) => child.once('close', resolve)),
    moves: 0,
  };
  child.stdout.on('data', (chunk: Buffer) => {
    started.moves = Number(String(chunk).trim().split('\n').at(-1));
  });
  return started;
}
