import { allMoney, createBank, readBackup, readNaively, startWriters, sum } from '../../e2e/bank/bank.ts';
import { openMysqlRig } from '../../e2e/rigs/mysql-rig.ts';
import { openPostgresRig } from '../../e2e/rigs/postgres-rig.ts';
import type { Rig } from '../../e2e/rigs/rig.ts';
import { openSqliteRig } from '../../e2e/rigs/sqlite-rig.ts';
import { mysqlServer, postgresServer } from '../../support/engines.ts';
import { CaseTally, hasTime, partsFor, shareOf } from '../case-tally.ts';
import type { Tally, TortureRequest } from '../fault-class.ts';

const writers = 8;

interface Bank {
  readonly label: string;
  /** How many dumps a full run takes. */
  readonly dumps: number;
  readonly open: () => Rig | Promise<Rig>;
}

/** SQLite shares its thousand between its two journal modes. */
export const banks: readonly Bank[] = [
  { label: 'SQLite', dumps: 500, open: () => openSqliteRig() },
  { label: 'SQLite (WAL)', dumps: 500, open: () => openSqliteRig({ wal: true }) },
  { label: 'PostgreSQL', dumps: 1000, open: () => openPostgresRig(postgresServer.url) },
  { label: 'MariaDB', dumps: 1000, open: () => openMysqlRig(mysqlServer.url) },
];

type Read = (rig: Rig) => Promise<readonly number[]>;

/** Dumps of every engine while eight writers move money: each holds all of it. */
export function dumpBanks(request: TortureRequest): Promise<Tally> {
  return readBanks(request, { read: readBackup, share: (bank) => bank.dumps });
}

/** The same with a reader that asks one table after the other. */
export function readBanksNaively(request: TortureRequest): Promise<Tally> {
  return readBanks(request, { read: readNaively, share: () => 60 });
}

interface Readings {
  readonly read: Read;
  readonly share: (bank: Bank) => number;
}

async function readBanks(request: TortureRequest, { read, share }: Readings): Promise<Tally> {
  const tally = new CaseTally(request);
  const chosen = partsFor(banks, request);
  for (const [index, bank] of chosen.entries()) {
    const part = shareOf(request, 1 / (chosen.length - index));
    const before = tally.tried;
    await readBank(bank, { request: part, tally, read, readings: share(bank) });
    request.tell(`${bank.label}: ${tally.tried - before} readings, ${tally.violations.length} wrong so far`);
  }
  return tally;
}

interface Reading {
  readonly request: TortureRequest;
  readonly tally: CaseTally;
  readonly read: Read;
  readonly readings: number;
}

async function readBank(bank: Bank, { request, tally, read, readings }: Reading): Promise<void> {
  const rig = await bank.open();
  try {
    await createBank(rig);
    const running = await startWriters(rig, writers);
    try {
      for (let reading = 1; reading <= readings && hasTime(request, tally); reading++) {
        await tally.attempt(`${bank.label}, reading ${reading}`, async () => {
          const before = running.moves();
          const held = sum(await read(rig));
          const broken = held === allMoney ? [] : [`the accounts hold ${held}, not ${allMoney}`];
          return { fired: await hasMoved(running, before), violations: broken };
        });
      }
    } finally {
      await running.stop();
    }
  } finally {
    await rig.drop();
  }
}

/** Writers tell of their moves a little later than they make them. */
async function hasMoved(running: { moves(): number }, before: number): Promise<boolean> {
  for (let tries = 0; tries < 200 && running.moves() === before; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return running.moves() > before;
}
