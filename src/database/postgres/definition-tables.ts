import type { LeftOut, SchemaStatement } from '../../snapshot/table.ts';
import type { PostgresConnection } from './connection.ts';
import { nameFunctionUsers } from './definition-constraints.ts';
import { sequenceOptions } from './definition-sequences.ts';
import { dependsOnFunction } from './function-dependency.ts';

interface TableRow {
  readonly oid: number;
  readonly name: string;
  readonly quoted_name: string;
  readonly is_unlogged: boolean;
  /** The tables it inherits from, or the one it is a partition of. */
  readonly parents: number[];
  readonly quoted_parents: string[];
  readonly partition_bound: string | null;
  readonly partition_key: string | null;
}

interface ColumnRow {
  readonly relation: number;
  readonly name: string;
  readonly quoted_name: string;
  readonly column_name: string;
  readonly sql: string;
  readonly is_local: boolean;
  readonly default_sql: string | null;
  readonly uses_function: boolean;
}

/** The statements that make the tables, partitions and inheriting tables after what they stand on. */
export async function defineTables(
  connection: PostgresConnection,
  oids: readonly number[],
): Promise<{ readonly statements: readonly SchemaStatement[]; readonly leftOut: readonly LeftOut[] }> {
  const tables = await connection.query<TableRow>(tablesSql, [oids]);
  const columns = await connection.query<ColumnRow>(columnsSql, [oids]);
  const columnsByTable = new Map<number, ColumnRow[]>(tables.map((table) => [table.oid, []]));
  for (const column of columns) columnsByTable.get(column.relation)?.push(column);
  return {
    statements: parentsFirst(tables).flatMap((table) => defineTable(table, columnsByTable.get(table.oid)!)),
    leftOut: nameFunctionUsers('default', columns),
  };
}

function defineTable(table: TableRow, columns: readonly ColumnRow[]): readonly SchemaStatement[] {
  const inherited = columns.filter((column) => table.partition_bound !== null || !column.is_local);
  const defaults = inherited.filter((column) => column.default_sql !== null && !column.uses_function);
  return [
    { kind: 'table', name: table.name, sql: createTable(table, columns) },
    ...defaults.map((column) => ({
      kind: 'default',
      name: column.name,
      sql: `ALTER TABLE ONLY ${table.quoted_name} ALTER COLUMN ${column.quoted_name} SET DEFAULT ${column.default_sql}`,
    })),
  ];
}

function createTable(table: TableRow, columns: readonly ColumnRow[]): string {
  const create = `CREATE ${table.is_unlogged ? 'UNLOGGED ' : ''}TABLE ${table.quoted_name}`;
  const by = table.partition_key === null ? '' : ` PARTITION BY ${table.partition_key}`;
  if (table.partition_bound !== null) {
    return `${create} PARTITION OF ${table.quoted_parents[0]} ${table.partition_bound}${by}`;
  }
  const list = columns.filter((column) => column.is_local).map((column) => `\n  ${column.sql}`);
  const inherits = table.parents.length === 0 ? '' : ` INHERITS (${table.quoted_parents.join(', ')})`;
  return `${create} (${list.join(',')}${list.length > 0 ? '\n' : ''})${inherits}${by}`;
}

function parentsFirst(tables: readonly TableRow[]): readonly TableRow[] {
  const byOid = new Map(tables.map((table) => [table.oid, table]));
  const ordered = new Set<TableRow>();
  const add = (table: TableRow): void => {
    for (const parent of table.parents) {
      const found = byOid.get(parent);
      if (found !== undefined) add(found);
    }
    ordered.add(table);
  };
  for (const table of tables) add(table);
  return [...ordered];
}

const tablesSql = `
SELECT c.oid, n.nspname || '.' || c.relname AS name, format('%I.%I', n.nspname, c.relname) AS quoted_name,
  c.relpersistence = 'u' AS is_unlogged,
  ARRAY(SELECT h.inhparent::int8 FROM pg_inherits h WHERE h.inhrelid = c.oid ORDER BY h.inhseqno)::oid[] AS parents,
  ARRAY(SELECT format('%I.%I', pn.nspname, p.relname) FROM pg_inherits h JOIN pg_class p ON p.oid = h.inhparent
    JOIN pg_namespace pn ON pn.oid = p.relnamespace WHERE h.inhrelid = c.oid ORDER BY h.inhseqno) AS quoted_parents,
  CASE WHEN c.relispartition THEN pg_get_expr(c.relpartbound, c.oid) END AS partition_bound,
  CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END AS partition_key
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid = ANY ($1::oid[]) ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"`;

/**
 * Before version 15 what a generated column's expression needs is noted with the column. A generated column whose expression cannot be kept becomes an ordinary one,
 * which takes the values as they are.
 */
const columnsSql = `
WITH columns AS (
  SELECT a.*, n.nspname, c.relname, c.oid AS relation, pg_get_expr(f.adbin, f.adrelid) AS expression,
    f.oid IS NOT NULL AND (${dependsOnFunction('pg_attrdef', 'f.oid')}
      OR ${dependsOnFunction('pg_class', 'a.attrelid', 'a.attnum')}) AS uses_function
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_attrdef f ON f.adrelid = a.attrelid AND f.adnum = a.attnum
  WHERE a.attrelid = ANY ($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
)
SELECT a.relation, a.nspname || '.' || a.relname || '.' || a.attname AS name, quote_ident(a.attname) AS quoted_name,
  a.attname AS column_name, a.attislocal AS is_local, a.uses_function,
  CASE WHEN a.attgenerated = '' AND NOT a.uses_function THEN a.expression END AS default_sql,
  concat(quote_ident(a.attname), ' ', format_type(a.atttypid, a.atttypmod),
    (SELECT format(' COLLATE %I.%I', ln.nspname, l.collname) FROM pg_collation l
      JOIN pg_namespace ln ON ln.oid = l.collnamespace JOIN pg_type t ON t.oid = a.atttypid
      WHERE l.oid = a.attcollation AND l.oid <> t.typcollation),
    CASE WHEN a.uses_function OR a.expression IS NULL THEN ''
      WHEN a.attgenerated = 's' THEN ' GENERATED ALWAYS AS (' || a.expression || ') STORED'
      WHEN a.attgenerated = 'v' THEN ' GENERATED ALWAYS AS (' || a.expression || ') VIRTUAL'
      ELSE ' DEFAULT ' || a.expression END,
    CASE a.attidentity WHEN '' THEN '' ELSE (SELECT format(' GENERATED %s AS IDENTITY (SEQUENCE NAME %I.%I ',
        CASE a.attidentity WHEN 'a' THEN 'ALWAYS' ELSE 'BY DEFAULT' END, qn.nspname, q.relname)
        || ${sequenceOptions} || ')'
      FROM pg_depend d JOIN pg_class q ON q.oid = d.objid JOIN pg_namespace qn ON qn.oid = q.relnamespace
      JOIN pg_sequence s ON s.seqrelid = q.oid
      WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = a.relation
        AND d.refobjsubid = a.attnum AND d.deptype = 'i') END,
    CASE WHEN a.attnotnull THEN ' NOT NULL' END) AS sql
FROM columns a ORDER BY a.relation, a.attnum`;
