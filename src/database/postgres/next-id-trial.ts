import { describeError } from '../../errors.ts';
import type { NextIdTrial, NumberedColumn } from '../../ports/next-id.ts';
import { findTable, type PostgresCatalogue, readCatalogue } from './catalogue.ts';
import type { PostgresConnection } from './connection.ts';
import { quoteIdentifier, quoteIdentifiers, quoteTable } from './quoting.ts';
import { beginTransaction, rollBack } from './transaction.ts';

type Outcome = Pick<NextIdTrial, 'outcome' | 'reason'>;

/**
 * Writes one row into each of these tables, numbered by the database, and takes everything back. The row is that of
 * another one, which is taken out before: so it breaks no rule of the table, and only its id is new.
 */
export async function tryNextIds(
  connection: PostgresConnection,
  columns: readonly NumberedColumn[],
): Promise<readonly NextIdTrial[]> {
  await beginTransaction(connection, 'READ COMMITTED READ WRITE');
  try {
    const catalogue = await readCatalogue(connection, { allSchemas: false });
    await connection.query(`SET LOCAL search_path = ${quoteIdentifiers([...catalogue.schemas, 'public'])}`);
    await dropForeignKeys(connection, catalogue);
    const trials: NextIdTrial[] = [];
    for (const column of columns) {
      const sql = statementFor(catalogue, column);
      if (sql !== null) trials.push({ ...column, ...(await tryOne(connection, sql)) });
    }
    return trials;
  } finally {
    await rollBack(connection);
  }
}

/** Rows that point to the one that is taken out would keep it where it is. */
async function dropForeignKeys(
  connection: PostgresConnection,
  { schemas }: PostgresCatalogue,
): Promise<void> {
  const keys = await connection.query<{ sql: string }>(
    `SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', k.conrelid::regclass, k.conname) AS sql
     FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE k.contype = 'f' AND k.conparentid = 0 AND n.nspname = ANY ($1::text[])`,
    [schemas],
  );
  for (const { sql } of keys) await connection.query(sql);
}

/** Null for a column that takes no id by itself. */
function statementFor(catalogue: PostgresCatalogue, { table, column }: NumberedColumn): string | null {
  const found = findTable(catalogue, table);
  const definition = found?.definition.columns.find(({ name }) => name === column);
  if (found === undefined || definition?.hasDefault !== true) return null;
  const others = found.definition.columns.filter(({ name, generated }) => !generated && name !== column);
  const [id, list] = [quoteIdentifier(column), quoteIdentifiers(others.map(({ name }) => name))];
  const source = quoteTable(table);
  const only = found.root.kind === 'partitioned' ? source : `ONLY ${source}`;
  const insert =
    others.length === 0
      ? `INSERT INTO ${source} SELECT FROM gone`
      : `INSERT INTO ${source} (${list}) SELECT ${list} FROM gone`;
  return `WITH gone AS (DELETE FROM ${only} WHERE (tableoid, ctid) = (SELECT tableoid, ctid FROM ${only} LIMIT 1)
      RETURNING *), added AS (${insert} RETURNING ${id})
    SELECT (SELECT ${id}::text FROM gone) AS former, (SELECT ${id}::text FROM added) AS next`;
}

async function tryOne(connection: PostgresConnection, sql: string): Promise<Outcome> {
  await connection.query('SAVEPOINT trial');
  try {
    const [row] = await connection.query<{ former: string | null; next: string | null }>(sql);
    if (row!.former === null) return { outcome: 'empty', reason: null };
    if (row!.former !== row!.next) return { outcome: 'written', reason: null };
    return { outcome: 'refused', reason: `the next id, ${row!.next}, is that of a row which is there` };
  } catch (error) {
    if (connection.isLost) throw error;
    return { outcome: 'refused', reason: describeError(error) };
  } finally {
    if (!connection.isLost) await connection.query('ROLLBACK TO SAVEPOINT trial');
  }
}
