import { describeError } from '../../errors.ts';
import type { NextIdTrial, NumberedColumn } from '../../ports/next-id.ts';
import { quoteName, quoteText } from './quote.ts';
import type { Session } from './session.ts';
import { lenientMode } from './settings.ts';

type Outcome = Pick<NextIdTrial, 'outcome' | 'reason'>;

/** A table with what its columns are called. */
export interface TriedTable extends NumberedColumn {
  /** The other columns that take values. */
  readonly others: readonly string[];
}

/**
 * Writes one row into each of these tables, numbered by the database, and takes everything back but the counters. The
 * row is that of another one, which is taken out before: so it breaks no rule of the table, and only its id is new.
 */
export async function tryNextIds(
  session: Session,
  tables: readonly TriedTable[],
): Promise<readonly NextIdTrial[]> {
  // A value that strictness would refuse is in the table already.
  await session.run(`SET SESSION sql_mode = ${quoteText(lenientMode)}`);
  const trials: NextIdTrial[] = [];
  for (const { table, column, others } of tables) {
    const outcome = await tryOne(session, { table, column, others });
    trials.push({ table, column, ...outcome });
  }
  return trials;
}

async function tryOne(session: Session, { table, column, others }: TriedTable): Promise<Outcome> {
  const [source, id] = [quoteName(table.name), quoteName(column)];
  const [first] = await session.query(`SELECT ${id} FROM ${source} LIMIT 1`);
  if (first === undefined) return { outcome: 'empty', reason: null };
  const list = others.map(quoteName).join(', ');
  const moved = '`holdfast_moved`';
  await session.run('START TRANSACTION');
  try {
    const kept = list === '' ? id : list;
    await session.run(
      `CREATE TEMPORARY TABLE ${moved} AS SELECT ${kept} FROM ${source} WHERE ${id} = ${first[0]}`,
    );
    await session.run(`DELETE FROM ${source} WHERE ${id} = ${first[0]}`);
    await session.run(
      `INSERT INTO ${source} (${list}) ${list === '' ? 'VALUES ()' : `SELECT ${list} FROM ${moved}`}`,
    );
    const [next] = await session.query('SELECT LAST_INSERT_ID()');
    if (next?.[0] !== first[0]) return { outcome: 'written', reason: null };
    return { outcome: 'refused', reason: `the next id, ${first[0]}, is that of a row which is there` };
  } catch (error) {
    if (!session.isOpen) throw error;
    return { outcome: 'refused', reason: describeError(error) };
  } finally {
    if (session.isOpen) {
      await session.run(`DROP TEMPORARY TABLE IF EXISTS ${moved}`);
      await session.run('ROLLBACK');
    }
  }
}
