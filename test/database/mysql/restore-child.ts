import { writeSync } from 'node:fs';
import { mysqlEngine } from '../../../src/database/mysql/engine.ts';
import type { RowSource } from '../../../src/snapshot/rows.ts';
import { mysqlTarget, restoreRequest, saveMysql } from '../../support/mysql.ts';

/** Restores the rows of one database into another, and says every step on stdout; made to be killed. */
const [source, target] = process.argv.slice(2);
const say = (step: string) => writeSync(1, `${step}\n`);

const saved = await saveMysql(mysqlTarget(source!));
const database = await mysqlEngine.open(mysqlTarget(target!), { lockTimeoutMs: 5000 });
const transaction = await database.openRestore(
  restoreRequest(saved.catalogue.tables, {
    dropTriggers: true,
    saveJournal: async (journal) => void say(`journal ${JSON.stringify(journal)}`),
  }),
);
say('opened');
await transaction.clear(saved.catalogue.tables);
say('cleared');
for (const table of saved.catalogue.tables) {
  const rows = async function* (): RowSource {
    for (const [index, chunk] of (saved.rows.get(table.name) ?? []).entries()) {
      yield chunk;
      say(`${table.name} ${index}`);
    }
  };
  await transaction.insertRows(
    table,
    table.columns.map((column) => column.name),
    rows(),
  );
}
await transaction.setSequences(saved.catalogue.sequences, { atLeastCurrent: false });
say('committing');
await transaction.commit();
say('committed');
await database.close();
