/**
 * Ten writers move money between two tables while backups are taken, and while a naive reader reads; prints in how
 * many readings the sum was wrong: `npx tsx test/campaigns/bank.ts [--backups 50] [--engine sqlite|postgresql|mysql]`.
 * Exits 1 when one backup is wrong, or the naive reader never is.
 */
import { parseArgs } from 'node:util';
import { formatTable } from '../../src/cli/text-table.ts';
import { type BankResult, backUpBank, createBank, readBankNaively } from '../e2e/bank/bank.ts';
import { openMysqlRig } from '../e2e/rigs/mysql-rig.ts';
import { openPostgresRig } from '../e2e/rigs/postgres-rig.ts';
import type { Rig } from '../e2e/rigs/rig.ts';
import { openSqliteRig } from '../e2e/rigs/sqlite-rig.ts';

const { values } = parseArgs({
  options: { backups: { type: 'string', default: '50' }, engine: { type: 'string' } },
});
const readings = Number(values.backups);
const postgresUrl =
  process.env['HOLDFAST_TEST_POSTGRES_URL'] ?? 'postgresql://postgres@127.0.0.1:5432/postgres';
const mysqlUrl = process.env['HOLDFAST_TEST_MYSQL_URL'] ?? 'mysql://root@127.0.0.1:3306/';
const rigs: Record<string, readonly [string, () => Rig | Promise<Rig>][]> = {
  sqlite: [
    ['SQLite (rollback journal)', () => openSqliteRig()],
    ['SQLite (WAL)', () => openSqliteRig({ wal: true })],
  ],
  postgresql: [['PostgreSQL', () => openPostgresRig(postgresUrl)]],
  mysql: [['MariaDB', () => openMysqlRig(mysqlUrl)]],
};
const rows: string[][] = [];
let isGood = true;
for (const [engine, list] of Object.entries(rigs)) {
  if (values.engine !== undefined && values.engine !== engine) continue;
  for (const [label, open] of list) await runBank(label, await open());
}
const head = ['Engine', 'Reader', 'Readings', 'Wrong sums', 'Different splits', 'Moves meanwhile'];
process.stdout.write(`${formatTable(head, rows, [2, 3, 4, 5])}\n`);
process.exitCode = isGood ? 0 : 1;

async function runBank(label: string, rig: Rig): Promise<void> {
  try {
    await createBank(rig);
    const backups = await backUpBank(rig, readings);
    const naive = await readBankNaively(rig, readings);
    rows.push([label, 'holdfast backup', ...describe(backups)], [label, 'naive', ...describe(naive)]);
    isGood &&= backups.wrong === 0 && backups.differentSplits > 1 && naive.wrong > 0;
  } finally {
    await rig.drop();
  }
}

function describe({ readings: count, wrong, differentSplits, moves }: BankResult): string[] {
  return [count, wrong, differentSplits, moves].map(String);
}
