import type { PostgresConnection } from './connection.ts';
import type { PostgresForeignKey } from './foreign-keys.ts';
import { quoteIdentifier } from './quoting.ts';

/** How many child rows have all key columns set and no parent (MATCH SIMPLE), by the key's own equality. */
export async function countOrphans(connection: PostgresConnection, key: PostgresForeignKey): Promise<number> {
  const isSet = key.columns.map((name) => `child.${quoteIdentifier(name)} IS NOT NULL`);
  const isSame = key.columns.map((name, i) => {
    const parent = quoteIdentifier(key.parentColumns[i]!);
    const equals = `OPERATOR(${quoteIdentifier(key.equalitySchemas[i]!)}.=)`;
    return `parent.${parent} ${equals} child.${quoteIdentifier(name)}`;
  });
  const [row] = await connection.query<{ orphans: string }>(
    `SELECT count(*)::text AS orphans FROM ${key.childSource} AS child
     WHERE ${isSet.join(' AND ')} AND NOT EXISTS (
       SELECT FROM ${key.parentSource} AS parent WHERE ${isSame.join(' AND ')})`,
  );
  return Number(row!.orphans);
}
