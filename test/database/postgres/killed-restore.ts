import { postgresEngine } from '../../../src/database/postgres/engine.ts';
import { postgresTarget } from '../../support/postgres.ts';
import { backUp, insertAll, openOptions, scope } from './round-trip.ts';

/** Started as a process of its own: fills the tables in the transaction of a restore, says so, and waits to be killed. */
async function main(url: string): Promise<void> {
  const backup = await backUp(postgresTarget(url));
  const database = await postgresEngine.open(postgresTarget(url), openOptions);
  const transaction = await database.openRestore({
    scope,
    tables: backup.catalogue.tables,
    createSchema: [],
    dropTriggers: false,
    saveJournal: async () => undefined,
  });
  await transaction.clear(backup.catalogue.tables);
  for (const table of backup.catalogue.tables) await insertAll(transaction, table, backup);
  await transaction.setSequences(
    backup.catalogue.sequences.map((one) => ({ ...one, lastValue: '7777', isCalled: true })),
    { atLeastCurrent: false },
  );
  process.stdout.write('filled');
  setInterval(() => undefined, 1000);
}

await main(process.argv[2]!);
