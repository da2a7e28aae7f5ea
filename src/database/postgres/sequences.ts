import { AppError } from '../../errors.ts';
import { formatTableName, type SequenceState, type TableName } from '../../snapshot/table.ts';
import type { PostgresConnection } from './connection.ts';
import { quoteTable } from './quoting.ts';

/** A column whose generated values come from a sequence. */
interface Feed {
  readonly table: TableName;
  readonly column: string;
}

/** A sequence with every column that it numbers and the bounds of its values. */
export interface PostgresSequence extends SequenceState {
  readonly allFeeds: readonly Feed[];
  readonly minValue: string;
  readonly maxValue: string;
}

interface SequenceRow {
  readonly schema: string;
  readonly name: string;
  readonly increment: string;
  readonly min_value: string;
  readonly max_value: string;
  readonly is_readable: boolean;
  readonly is_owned: boolean;
  /** The column that owns the sequence comes first. */
  readonly feeds: { schema: string; table: string; column: string; isOwner: boolean }[];
}

/** As `readSequences`, without their states, so that none has to be readable. */
export async function listSequences(
  connection: PostgresConnection,
  schemas: readonly string[],
  tableOids: readonly number[],
): Promise<readonly SequenceRow[]> {
  return connection.query<SequenceRow>(sequencesSql, [schemas, tableOids]);
}

/** How many sequences one statement reads. */
const batchSize = 200;

/**
 * Every sequence in the schemas, or behind a column of these tables wherever it stands, except those that an
 * extension owns. Counters are not part of the transaction's snapshot: they are never behind its rows.
 *
 * @throws AppError DATABASE.PERMISSION naming the first sequence that the role may not read
 */
export async function readSequences(
  connection: PostgresConnection,
  schemas: readonly string[],
  tableOids: readonly number[],
): Promise<readonly PostgresSequence[]> {
  const rows = await listSequences(connection, schemas, tableOids);
  const hidden = rows.find((row) => !row.is_readable);
  if (hidden !== undefined) {
    throw new AppError(
      'DATABASE.PERMISSION',
      `Cannot read sequence ${formatTableName(hidden)}: the role has no SELECT privilege on it`,
      { hint: `Grant it: GRANT SELECT ON SEQUENCE ${quoteTable(hidden)} TO the role of the database URL.` },
    );
  }
  const states = new Map<string, { last_value: string; is_called: boolean }>();
  for (let at = 0; at < rows.length; at += batchSize) {
    const parts = rows
      .slice(at, at + batchSize)
      .map((row, i) => `SELECT ${at + i} AS i, last_value::text, is_called FROM ${quoteTable(row)}`);
    const values = await connection.query<{ i: number; last_value: string; is_called: boolean }>(
      parts.join(' UNION ALL '),
    );
    for (const value of values) states.set(String(value.i), value);
  }
  return rows.map((row, i) => toSequence(row, states.get(String(i))!));
}

function toSequence(row: SequenceRow, state: { last_value: string; is_called: boolean }): PostgresSequence {
  const allFeeds = row.feeds.map((feed) => ({
    table: { schema: feed.schema, name: feed.table },
    column: feed.column,
  }));
  const hasOwner = row.feeds[0]?.isOwner === true;
  return {
    schema: row.schema,
    name: row.name,
    feeds: hasOwner || allFeeds.length === 1 ? allFeeds[0]! : null,
    allFeeds,
    lastValue: state.last_value,
    isCalled: state.is_called,
    increment: row.increment,
    minValue: row.min_value,
    maxValue: row.max_value,
  };
}

/**
 * A sequence feeds the column that owns it (serial, identity) and every column whose default names it. Columns of
 * partitions are told as their root's.
 */
const sequencesSql = `
WITH feeds AS (
  SELECT d.objid AS sequence, d.refobjid AS relation, d.refobjsubid AS number, true AS is_owner
  FROM pg_depend d
  WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0
    AND d.deptype IN ('a', 'i')
  UNION ALL
  SELECT d.refobjid, f.adrelid, f.adnum, false
  FROM pg_depend d JOIN pg_attrdef f ON f.oid = d.objid
  WHERE d.classid = 'pg_attrdef'::regclass AND d.refclassid = 'pg_class'::regclass
), columns AS (
  SELECT f.sequence, n.nspname AS schema, c.relname AS "table", a.attname AS "column", c.oid AS relation,
    bool_or(f.is_owner) AS is_owner
  FROM feeds f
  JOIN pg_attribute a ON a.attrelid = f.relation AND a.attnum = f.number AND a.attgenerated = ''
  JOIN pg_class c ON c.oid = coalesce(pg_partition_root(f.relation)::oid, f.relation)
  JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p')
  GROUP BY 1, 2, 3, 4, 5
)
SELECT n.nspname AS schema, c.relname AS name, s.seqincrement::text AS increment, s.seqmin::text AS min_value,
  s.seqmax::text AS max_value, has_sequence_privilege(c.oid, 'SELECT') AS is_readable,
  pg_has_role(c.relowner, 'USAGE') AS is_owned,
  (SELECT coalesce(json_agg(json_build_object('schema', l.schema, 'table', l."table", 'column', l."column",
    'isOwner', l.is_owner) ORDER BY l.is_owner DESC, l.schema, l."table", l."column"), '[]')
    FROM columns l WHERE l.sequence = c.oid) AS feeds
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_sequence s ON s.seqrelid = c.oid
WHERE c.relkind = 'S' AND c.relpersistence <> 't'
  AND (n.nspname = ANY ($1::text[])
    OR EXISTS (SELECT FROM columns l WHERE l.sequence = c.oid AND l.relation = ANY ($2::oid[])))
  AND NOT EXISTS (SELECT FROM pg_depend d
    WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"`;
