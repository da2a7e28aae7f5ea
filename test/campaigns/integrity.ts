/**
 * What `validate data` finds of seeded damage, as a table of kind and engine, live and in a snapshot; and how long its
 * checks take beside the plain SQL for the same question:
 * `npx tsx test/campaigns/integrity.ts [--rows 1000000] [--engine sqlite|postgresql|mysql] [--only damage|time]`.
 * Exits 1 when something is missed, or found that is not there.
 */
import { parseArgs } from 'node:util';
import { formatTable } from '../../src/cli/text-table.ts';
import { mysqlSeeded, postgresSeeded, sqliteSeeded } from '../support/integrity/dialects.ts';
import { findSeeded, type SeededCell } from '../support/integrity/find-seeded.ts';
import type { SeededDialect } from '../support/integrity/seeded.ts';
import { measureChecks, measuredHead } from '../support/integrity/timed-checks.ts';
import { type AppEngine, mysqlApp, postgresApp, sqliteApp } from '../support/operations/database.ts';

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000000' },
    engine: { type: 'string' },
    only: { type: 'string' },
  },
});
const engines: readonly (readonly [AppEngine, SeededDialect])[] = [
  [sqliteApp, sqliteSeeded],
  [postgresApp, postgresSeeded],
  [mysqlApp, mysqlSeeded],
];
const chosen = engines.filter(([, { provider }]) => (values.engine ?? provider) === provider);
let isGood = true;

if (values.only !== 'time') {
  const columns: SeededCell[][] = [];
  const head = ['Damage'];
  for (const [engine, dialect] of chosen) {
    const found = await findSeeded(engine, dialect);
    columns.push(found.live, found.snapshot);
    head.push(engine.label, `${engine.label}, snapshot`);
  }
  const rows = columns[0]!.map(({ kind }, index) => [kind, ...columns.map((column) => column[index]!.text)]);
  isGood = columns.flat().every((cell) => cell.isGood);
  process.stdout.write(`${formatTable(head, rows)}\n`);
}
if (values.only !== 'damage') {
  for (const [engine, dialect] of chosen) {
    const rows = await measureChecks(engine, dialect, Number(values.rows));
    process.stdout.write(
      `\n${engine.label}, ${values.rows} rows\n${formatTable(measuredHead, rows, [1, 2, 3])}\n`,
    );
  }
}
process.exitCode = isGood ? 0 : 1;
