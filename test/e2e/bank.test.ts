import { afterAll, describe, expect, it } from 'vitest';
import { describeEngine, mysqlServer, postgresServer } from '../support/engines.ts';
import { type BankResult, backUpBank, createBank, readBankNaively } from './bank/bank.ts';
import { openMysqlRig } from './rigs/mysql-rig.ts';
import { openPostgresRig } from './rigs/postgres-rig.ts';
import type { Rig } from './rigs/rig.ts';
import { openSqliteRig } from './rigs/sqlite-rig.ts';

const backups = 8;
const naiveReadings = 60;
const minutes = 60_000;
const printed: string[] = [];

afterAll(() => {
  for (const line of printed) process.stdout.write(`${line}\n`);
});

/** `npx tsx test/campaigns/bank.ts` does the same with 50 backups. */
function watchMoney(label: string, open: () => Rig | Promise<Rig>): void {
  it(
    'holds all the money, and a reader without a snapshot transaction does not',
    async () => {
      const rig = await open();
      try {
        await createBank(rig);
        const held = await backUpBank(rig, backups);
        const naive = await readBankNaively(rig, naiveReadings);
        printed.push(
          describeResult(`${label}, holdfast`, held),
          describeResult(`${label}, naive control`, naive),
        );
        expect(held.wrong).toBe(0);
        expect(held.differentSplits).toBeGreaterThan(backups / 2);
        expect(naive.wrong).toBeGreaterThan(0);
      } finally {
        await rig.drop();
      }
    },
    3 * minutes,
  );
}

function describeResult(label: string, { readings, wrong, moves }: BankResult): string {
  return `${label}: ${wrong} wrong sums in ${readings} readings, ${moves} moves meanwhile`;
}

describe('a backup of SQLite while ten writers move money', () => {
  describe('with a rollback journal', () => watchMoney('SQLite', () => openSqliteRig()));
  describe('with a write-ahead log', () => watchMoney('SQLite (WAL)', () => openSqliteRig({ wal: true })));
});

describeEngine(postgresServer, 'a backup of PostgreSQL while ten writers move money', (url) =>
  watchMoney('PostgreSQL', () => openPostgresRig(url)),
);

describeEngine(mysqlServer, 'a backup of MariaDB while ten writers move money', (url) =>
  watchMoney('MariaDB', () => openMysqlRig(url)),
);
