import type { SchemaStatement } from '../../snapshot/table.ts';
import type { PostgresConnection } from './connection.ts';

interface SequenceStatements {
  /** To run before the tables, whose defaults name the sequences. */
  readonly create: readonly SchemaStatement[];
  /** To run after the tables, whose columns own them. */
  readonly own: readonly SchemaStatement[];
}

/** How the sequences are made; those of identity columns come with their tables. */
export async function defineSequences(
  connection: PostgresConnection,
  schemas: readonly string[],
  tableOids: readonly number[],
): Promise<SequenceStatements> {
  const rows = await connection.query<{ name: string; create_sql: string; own_sql: string | null }>(
    sequencesSql,
    [schemas, tableOids],
  );
  return {
    create: rows.map((row) => ({ kind: 'sequence', name: row.name, sql: row.create_sql })),
    own: rows.flatMap((row) =>
      row.own_sql === null ? [] : [{ kind: 'sequence owner', name: row.name, sql: row.own_sql }],
    ),
  };
}

/** SQL: the options of a sequence, from its row `s` in pg_sequence. */
export const sequenceOptions = `format('INCREMENT BY %s MINVALUE %s MAXVALUE %s START WITH %s CACHE %s %s',
  s.seqincrement, s.seqmin, s.seqmax, s.seqstart, s.seqcache, CASE WHEN s.seqcycle THEN 'CYCLE' ELSE 'NO CYCLE' END)`;

const sequencesSql = `
SELECT n.nspname || '.' || c.relname AS name,
  format('CREATE SEQUENCE %I.%I AS %s ', n.nspname, c.relname, format_type(s.seqtypid, NULL)) || ${sequenceOptions} AS create_sql,
  (SELECT format('ALTER SEQUENCE %I.%I OWNED BY %I.%I.%I', n.nspname, c.relname, tn.nspname, t.relname, a.attname)
    FROM pg_depend d JOIN pg_class t ON t.oid = d.refobjid JOIN pg_namespace tn ON tn.oid = t.relnamespace
    JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
    WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.refclassid = 'pg_class'::regclass
      AND d.deptype = 'a' AND t.oid = ANY ($2::oid[])) AS own_sql
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_sequence s ON s.seqrelid = c.oid
WHERE c.relkind = 'S' AND c.relpersistence <> 't' AND n.nspname = ANY ($1::text[])
  AND NOT EXISTS (SELECT FROM pg_depend d
    WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('i', 'e'))
ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"`;
