import type { LeftOut } from '../../snapshot/table.ts';
import type { PostgresConnection } from './connection.ts';

/**
 * What the database holds beside the tables in scope, by kind and name. What belongs to an extension comes back with
 * the extension; of its tables only those with rows that the application may have written are named.
 */
export async function readLeftOut(
  connection: PostgresConnection,
  schemas: readonly string[],
): Promise<readonly LeftOut[]> {
  return connection.query<LeftOut>(leftOutSql, [schemas]);
}

const leftOutSql = `
WITH scope AS (SELECT oid, nspname FROM pg_namespace WHERE nspname = ANY ($1::text[])),
owned AS (SELECT classid, objid FROM pg_depend WHERE deptype = 'e'),
relations AS (
  SELECT c.*, s.nspname, (SELECT true FROM owned o WHERE o.classid = 'pg_class'::regclass AND o.objid = c.oid) AS is_owned
  FROM pg_class c JOIN scope s ON s.oid = c.relnamespace
),
entries AS (
  SELECT 'schema' AS kind, n.nspname::text AS name,
    'not among the schemas that the application uses; --all-schemas includes it' AS reason
  FROM pg_namespace n
  WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND n.oid NOT IN (SELECT oid FROM scope)
    AND EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = n.oid AND c.relkind IN ('r', 'p')
      AND NOT c.relispartition AND NOT EXISTS (SELECT FROM owned o WHERE o.classid = 'pg_class'::regclass AND o.objid = c.oid))
  UNION ALL
  SELECT 'foreign table', nspname || '.' || relname, 'its rows are stored on another server'
  FROM relations WHERE relkind = 'f' AND is_owned IS NULL
  UNION ALL
  SELECT 'foreign table', n.nspname || '.' || c.relname, 'a partition of ' || r.nspname || '.' || r.relname
    || ' whose rows are stored on another server'
  FROM relations r, pg_partition_tree(r.oid) t JOIN pg_class c ON c.oid = t.relid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE r.relkind = 'p' AND NOT r.relispartition AND c.relkind = 'f' AND n.oid NOT IN (SELECT oid FROM scope)
  UNION ALL
  SELECT CASE relkind WHEN 'v' THEN 'view' ELSE 'materialized view' END, nspname || '.' || relname,
    'only tables and their rows are in a snapshot'
  FROM relations WHERE relkind IN ('v', 'm') AND is_owned IS NULL
  UNION ALL
  SELECT 'table', nspname || '.' || relname, 'belongs to an extension'
  FROM relations WHERE relkind IN ('r', 'p') AND is_owned
  UNION ALL
  SELECT CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END,
    s.nspname || '.' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')',
    'only tables and their rows are in a snapshot'
  FROM pg_proc p JOIN scope s ON s.oid = p.pronamespace
  WHERE NOT EXISTS (SELECT FROM owned o WHERE o.classid = 'pg_proc'::regclass AND o.objid = p.oid)
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'i')
  UNION ALL
  SELECT 'trigger', r.nspname || '.' || r.relname || '.' || t.tgname, 'only tables and their rows are in a snapshot'
  FROM pg_trigger t JOIN relations r ON r.oid = t.tgrelid
  WHERE NOT t.tgisinternal AND NOT r.relispartition AND r.is_owned IS NULL
  UNION ALL
  SELECT 'rule', r.nspname || '.' || r.relname || '.' || w.rulename, 'only tables and their rows are in a snapshot'
  FROM pg_rewrite w JOIN relations r ON r.oid = w.ev_class WHERE w.ev_type <> '1' AND r.is_owned IS NULL
  UNION ALL
  SELECT 'policy', r.nspname || '.' || r.relname || '.' || p.polname, 'only tables and their rows are in a snapshot'
  FROM pg_policy p JOIN relations r ON r.oid = p.polrelid WHERE r.is_owned IS NULL
  UNION ALL
  SELECT 'event trigger', e.evtname::text, 'only tables and their rows are in a snapshot' FROM pg_event_trigger e
  WHERE NOT EXISTS (SELECT FROM owned o WHERE o.classid = 'pg_event_trigger'::regclass AND o.objid = e.oid)
  UNION ALL
  SELECT 'large objects', count(*)::text, 'not stored in tables' FROM pg_largeobject_metadata HAVING count(*) > 0
)
SELECT kind, name, reason FROM entries ORDER BY kind COLLATE "C", name COLLATE "C"`;
