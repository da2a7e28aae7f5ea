import type { UniqueIndex } from '../../snapshot/table.ts';
import type { PostgresColumn } from './columns.ts';
import type { PostgresConnection } from './connection.ts';

/** What identifies the rows of a table. */
export interface TableKeys {
  readonly key: readonly string[] | null;
  readonly uniques: readonly UniqueIndex[];
}

interface IndexRow {
  readonly relation: number;
  readonly name: string;
  readonly columns: number[];
  readonly is_primary: boolean;
  readonly is_strict: boolean;
}

/**
 * The keys of each table, by its oid. Indexes under which equal means something else than the columns' own
 * comparison are left out: the server still enforces them, with an error.
 */
export async function readKeys(
  connection: PostgresConnection,
  columnsByTable: ReadonlyMap<number, readonly PostgresColumn[]>,
): Promise<ReadonlyMap<number, TableKeys>> {
  const rows = await connection.query<IndexRow>(indexesSql, [[...columnsByTable.keys()]]);
  const indexes = new Map<number, IndexRow[]>([...columnsByTable.keys()].map((oid) => [oid, []]));
  for (const row of rows) indexes.get(row.relation)?.push(row);
  return new Map([...columnsByTable].map(([oid, columns]) => [oid, chooseKeys(columns, indexes.get(oid)!)]));
}

function chooseKeys(columns: readonly PostgresColumn[], rows: readonly IndexRow[]): TableKeys {
  const byNumber = new Map(columns.map((column) => [column.number, column]));
  const named = rows.map((row) => ({ ...row, of: row.columns.map((number) => byNumber.get(number)!) }));
  const isRequired = (index: (typeof named)[number]): boolean => index.of.every((column) => !column.nullable);
  const byLength = named.toSorted((a, b) => a.of.length - b.of.length);
  const chosen =
    named.find((index) => index.is_primary) ?? byLength.find((index) => index.is_strict && isRequired(index));
  const others = named.filter((index) => index !== chosen && index.is_strict);
  return {
    key: chosen?.of.map((column) => column.name) ?? null,
    uniques: others.map((index) => ({ name: index.name, columns: index.of.map((column) => column.name) })),
  };
}

/**
 * Not strict: unique over time ranges, where overlapping is what is forbidden; NULLS NOT DISTINCT over columns that
 * may be null; and a collation of the index's own under which different texts are equal.
 */
const indexesSql = `
SELECT i.indrelid AS relation, c.relname AS name, i.indisprimary AS is_primary,
  (i.indkey::int2[])[0:i.indnkeyatts - 1]::int[] AS columns,
  NOT i.indisexclusion
    AND NOT (coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::bool, false) AND EXISTS (SELECT FROM pg_attribute a
      WHERE a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey::int2[]) AND NOT a.attnotnull))
    AND NOT EXISTS (SELECT FROM pg_collation l WHERE l.oid = ANY (i.indcollation::oid[]) AND NOT l.collisdeterministic
      AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = i.indrelid
        AND a.attnum = ANY (i.indkey::int2[]) AND a.attcollation = l.oid)) AS is_strict
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = ANY ($1::oid[]) AND i.indisunique AND i.indisvalid AND i.indpred IS NULL
  AND NOT (0 = ANY (i.indkey::int2[]))
ORDER BY i.indrelid, c.relname COLLATE "C"`;
