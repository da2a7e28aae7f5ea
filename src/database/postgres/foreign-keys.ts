import type { ForeignKey } from '../../snapshot/table.ts';
import type { PostgresConnection } from './connection.ts';

/** A foreign key with the relations that it really stands on, which may be single partitions. */
export interface PostgresForeignKey extends ForeignKey {
  readonly childOid: number;
  readonly parentOid: number;
  /** SQL for the rows that the key covers on either side. */
  readonly childSource: string;
  readonly parentSource: string;
  /** The schema of each column pair's equality operator. */
  readonly equalitySchemas: readonly string[];
}

interface ForeignKeyRow {
  readonly name: string;
  readonly child_oid: number;
  readonly parent_oid: number;
  readonly child_source: string;
  readonly parent_source: string;
  readonly child_schema: string;
  readonly child_name: string;
  readonly parent_schema: string;
  readonly parent_name: string;
  readonly columns: string[];
  readonly parent_columns: string[];
  readonly equality_schemas: string[];
}

/**
 * The foreign keys from or to any of these relations. A key of a single partition is told as one of the whole table;
 * keys that the server does not enforce are no keys.
 */
export async function readForeignKeys(
  connection: PostgresConnection,
  oids: readonly number[],
): Promise<readonly PostgresForeignKey[]> {
  const rows = await connection.query<ForeignKeyRow>(foreignKeysSql, [oids]);
  return rows.map((row) => ({
    name: row.name,
    table: { schema: row.child_schema, name: row.child_name },
    columns: row.columns,
    parent: { schema: row.parent_schema, name: row.parent_name },
    parentColumns: row.parent_columns,
    childOid: row.child_oid,
    parentOid: row.parent_oid,
    childSource: row.child_source,
    parentSource: row.parent_source,
    equalitySchemas: row.equality_schemas,
  }));
}

const foreignKeysSql = `
SELECT k.conname AS name, k.conrelid AS child_oid, k.confrelid AS parent_oid,
  format('%s%I.%I', CASE WHEN kc.relkind = 'r' THEN 'ONLY ' END, kcn.nspname, kc.relname) AS child_source,
  format('%s%I.%I', CASE WHEN kp.relkind = 'r' THEN 'ONLY ' END, kpn.nspname, kp.relname) AS parent_source,
  cn.nspname AS child_schema, c.relname AS child_name, pn.nspname AS parent_schema, p.relname AS parent_name,
  ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY AS u(number, place)
    JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.number ORDER BY u.place) AS columns,
  ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY AS u(number, place)
    JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.number ORDER BY u.place) AS parent_columns,
  ARRAY(SELECT n.nspname::text FROM unnest(k.conpfeqop) WITH ORDINALITY AS u(operator, place)
    JOIN pg_operator o ON o.oid = u.operator JOIN pg_namespace n ON n.oid = o.oprnamespace
    ORDER BY u.place) AS equality_schemas
FROM pg_constraint k
JOIN pg_class kc ON kc.oid = k.conrelid JOIN pg_namespace kcn ON kcn.oid = kc.relnamespace
JOIN pg_class kp ON kp.oid = k.confrelid JOIN pg_namespace kpn ON kpn.oid = kp.relnamespace
JOIN pg_class c ON c.oid = coalesce(pg_partition_root(k.conrelid)::oid, k.conrelid)
JOIN pg_namespace cn ON cn.oid = c.relnamespace
JOIN pg_class p ON p.oid = coalesce(pg_partition_root(k.confrelid)::oid, k.confrelid)
JOIN pg_namespace pn ON pn.oid = p.relnamespace
WHERE k.contype = 'f' AND k.conparentid = 0 AND coalesce((to_jsonb(k) ->> 'conenforced')::bool, true)
  AND (k.conrelid = ANY ($1::oid[]) OR k.confrelid = ANY ($1::oid[]))
ORDER BY cn.nspname COLLATE "C", c.relname COLLATE "C", k.conname COLLATE "C"`;
