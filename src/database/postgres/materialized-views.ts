import type { PostgresConnection } from './connection.ts';
import { describeServerError } from './database-errors.ts';

const savepoint = 'holdfast_refresh';

/**
 * Refreshes the materialized views that stand on the relations, directly or through other views, those first that
 * others stand on. A view that was never filled stays so.
 *
 * @returns a sentence for each one that could not be refreshed
 */
export async function refreshMaterializedViews(
  connection: PostgresConnection,
  oids: readonly number[],
): Promise<readonly string[]> {
  const sentences: string[] = [];
  for (const { name } of await connection.query<{ name: string }>(dependentViewsSql, [oids])) {
    await connection.query(`SAVEPOINT ${savepoint}`);
    try {
      await connection.query(`REFRESH MATERIALIZED VIEW ${name}`);
      await connection.query(`RELEASE ${savepoint}`);
    } catch (error) {
      // A derived view must not cost the restored rows; a lost connection fails the next statement.
      await connection.query(`ROLLBACK TO ${savepoint}`);
      sentences.push(
        `Materialized view ${name} was not refreshed: ${describeServerError(error)}. Run REFRESH MATERIALIZED VIEW ${name}.`,
      );
    }
  }
  return sentences;
}

const dependentViewsSql = `
WITH RECURSIVE dependents(oid, depth) AS (
  SELECT unnest($1::oid[]), 0
  UNION
  SELECT r.ev_class, v.depth + 1
  FROM dependents v JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = v.oid
    AND d.classid = 'pg_rewrite'::regclass
  JOIN pg_rewrite r ON r.oid = d.objid AND r.ev_class <> v.oid AND r.ev_type = '1'
)
SELECT format('%I.%I', n.nspname, c.relname) AS name
FROM dependents v JOIN pg_class c ON c.oid = v.oid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'm' AND c.relispopulated GROUP BY c.oid, n.nspname, c.relname ORDER BY max(v.depth), 1`;
