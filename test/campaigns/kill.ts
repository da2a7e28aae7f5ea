/**
 * Ends a restore with SIGKILL at ten points of its data phase and one behind it, on each engine, and prints what the database holds then:
 * `npx tsx test/campaigns/kill.ts [--lines 40000] [--engine sqlite|postgresql|mysql]`. Exits 1 when a database is
 * neither as before nor as after, or the next restore fails.
 */
import { parseArgs } from 'node:util';
import { formatTable } from '../../src/cli/text-table.ts';
import { allPoints, describePoint } from '../e2e/kill/kill-point.ts';
import { type KillResult, type KillScene, killRestore } from '../e2e/kill/kill-restore.ts';
import { killNaiveRestore } from '../e2e/kill/naive.ts';
import { type OpenScene, openMysqlScene, openPostgresScene, openSqliteScene } from '../e2e/kill/scenes.ts';

const { values } = parseArgs({
  options: { lines: { type: 'string', default: '40000' }, engine: { type: 'string' } },
});
const lines = Number(values.lines);
const postgresUrl =
  process.env['HOLDFAST_TEST_POSTGRES_URL'] ?? 'postgresql://postgres@127.0.0.1:5432/postgres';
const mysqlUrl = process.env['HOLDFAST_TEST_MYSQL_URL'] ?? 'mysql://root@127.0.0.1:3306/';
const scenes: Record<string, readonly [string, () => Promise<OpenScene>][]> = {
  sqlite: [
    ['SQLite (rollback journal)', () => openSqliteScene(lines, { wal: false })],
    ['SQLite (WAL)', () => openSqliteScene(lines, { wal: true })],
  ],
  postgresql: [['PostgreSQL', () => openPostgresScene(lines, postgresUrl)]],
  mysql: [['MariaDB', () => openMysqlScene(lines, mysqlUrl)]],
};
const head = [
  'Engine',
  'Killed',
  'Rows in',
  'Of',
  'First write done',
  'Database',
  'Next restore',
  'How it is known',
];

let isGood = true;
for (const [engine, list] of Object.entries(scenes)) {
  if (values.engine !== undefined && values.engine !== engine) continue;
  for (const [label, open] of list) await runScene(label, await open());
}
process.exitCode = isGood ? 0 : 1;

async function runScene(label: string, scene: OpenScene): Promise<void> {
  try {
    const results: KillResult[] = [];
    for (const point of allPoints) results.push(await killRestore(scene, point));
    const rows = results.map((result) => describe(label, scene, result));
    const naive = await killNaiveRestore(scene);
    const control = [`${label}, naive`, 'half of the rows in', String(naive.rows), String(scene.totalRows)];
    rows.push([...control, 'yes', naive.state, '-', 'control: no transaction']);
    process.stdout.write(`${formatTable(head, rows, [2, 3])}\n\n`);
    isGood &&= results.every(isAsPromised) && naive.state === 'neither';
  } finally {
    await scene.close();
  }
}

function isAsPromised({ state, areIdsFree, next, leftovers }: KillResult): boolean {
  return (
    state !== 'neither' &&
    areIdsFree &&
    next.exitCode === 0 &&
    next.state === 'after' &&
    leftovers.length === 0
  );
}

function describe(label: string, { totalRows }: KillScene, result: KillResult): string[] {
  const { written, next } = result;
  return [
    label,
    describePoint(result.point),
    String(written.rows),
    String(totalRows),
    written.isFirstWriteDone ? 'yes' : 'no',
    `${result.state}${result.areIdsFree ? '' : ', ids taken'}`,
    `exit ${next.exitCode}, ${next.state}${result.leftovers.length === 0 ? '' : `, left: ${result.leftovers.join(' ')}`}`,
    written.evidence,
  ];
}
