import type { LeftOut, SchemaStatement } from '../../snapshot/table.ts';
import type { PostgresConnection } from './connection.ts';
import { dependsOnFunction } from './function-dependency.ts';

interface Constraints {
  /** Keys, uniqueness, checks and exclusions. */
  readonly local: readonly SchemaStatement[];
  readonly foreign: readonly SchemaStatement[];
  readonly leftOut: readonly LeftOut[];
}

interface ObjectRow {
  readonly name: string;
  readonly sql: string;
  readonly uses_function: boolean;
}

/** The constraints that the tables do not get from their parents. */
export async function defineConstraints(
  connection: PostgresConnection,
  oids: readonly number[],
): Promise<Constraints> {
  const rows = await connection.query<ObjectRow & { is_foreign: boolean }>(constraintsSql, [oids]);
  const usable = rows.filter((row) => !row.uses_function);
  return {
    local: usable.filter((row) => !row.is_foreign).map((row) => toStatement('constraint', row)),
    foreign: usable.filter((row) => row.is_foreign).map((row) => toStatement('foreign key', row)),
    leftOut: nameFunctionUsers('constraint', rows),
  };
}

/** The indexes that neither a constraint makes nor a parent's index. */
export async function defineIndexes(
  connection: PostgresConnection,
  oids: readonly number[],
): Promise<{ readonly statements: readonly SchemaStatement[]; readonly leftOut: readonly LeftOut[] }> {
  const rows = await connection.query<ObjectRow>(indexesSql, [oids]);
  return {
    statements: rows.filter((row) => !row.uses_function).map((row) => toStatement('index', row)),
    leftOut: nameFunctionUsers('index', rows),
  };
}

/** Names what is left out of the definition, though its rows are in the snapshot. */
export function nameFunctionUsers(
  kind: string,
  rows: readonly { readonly name: string; readonly uses_function: boolean }[],
): readonly LeftOut[] {
  return rows
    .filter((row) => row.uses_function)
    .map((row) => ({
      kind,
      name: row.name,
      reason: 'it uses a function, and functions are not in a snapshot',
    }));
}

function toStatement(kind: string, row: ObjectRow): SchemaStatement {
  return { kind, name: row.name, sql: row.sql };
}

/** A partition gets its keys and foreign keys from its root; an inheriting table only its checks. */
const constraintsSql = `
SELECT n.nspname || '.' || c.relname || '.' || k.conname AS name, k.contype = 'f' AS is_foreign,
  format('ALTER TABLE %s%I.%I ADD CONSTRAINT %I %s', CASE WHEN c.relkind = 'r' AND k.contype IN ('p', 'u', 'x') THEN 'ONLY ' END,
    n.nspname, c.relname, k.conname, pg_get_constraintdef(k.oid)) AS sql,
  ${dependsOnFunction('pg_constraint', 'k.oid')} AS uses_function
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE k.conrelid = ANY ($1::oid[]) AND k.contype IN ('p', 'u', 'x', 'c', 'f') AND k.conparentid = 0
  AND k.coninhcount = 0
  AND (k.contype <> 'f' OR k.confrelid = ANY ($1::oid[]))
ORDER BY c.relispartition, array_position(ARRAY['p', 'u', 'x', 'c', 'f']::"char"[], k.contype), 1`;

/** A partitioned table's index is printed with ONLY, and would then not reach its partitions. */
const indexesSql = `
SELECT n.nspname || '.' || c.relname AS name, CASE WHEN t.relkind = 'p'
    THEN concat('CREATE ', CASE WHEN i.indisunique THEN 'UNIQUE ' END, 'INDEX ', quote_ident(c.relname), ' ON ',
      substr(pg_get_indexdef(i.indexrelid), strpos(pg_get_indexdef(i.indexrelid), quote_ident(c.relname) || ' ON ONLY ')
        + length(quote_ident(c.relname) || ' ON ONLY ')))
    ELSE pg_get_indexdef(i.indexrelid) END AS sql,
  ${dependsOnFunction('pg_class', 'c.oid')} AS uses_function
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE i.indrelid = ANY ($1::oid[]) AND i.indisvalid
  AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
  AND NOT EXISTS (SELECT FROM pg_inherits h WHERE h.inhrelid = i.indexrelid)
ORDER BY 1`;
