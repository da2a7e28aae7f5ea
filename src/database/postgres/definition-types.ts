import type { SchemaStatement } from '../../snapshot/table.ts';
import type { PostgresConnection } from './connection.ts';

/**
 * The extensions (without the one every database has), and the collations, enumerations, domains, composite and
 * range types of the schemas, each after those it stands on.
 */
export async function defineTypes(
  connection: PostgresConnection,
  schemas: readonly string[],
): Promise<readonly SchemaStatement[]> {
  const extensions = await connection.query<SchemaStatement>(extensionsSql);
  const types = await connection.query<SchemaStatement>(typesSql, [schemas]);
  return [...extensions, ...types];
}

const extensionsSql = `
SELECT 'extension' AS kind, e.extname::text AS name,
  CASE WHEN n.nspname IN ('public', 'pg_catalog') THEN format('CREATE EXTENSION IF NOT EXISTS %I SCHEMA %I', e.extname, n.nspname)
    ELSE format('CREATE SCHEMA IF NOT EXISTS %I; CREATE EXTENSION IF NOT EXISTS %I SCHEMA %I', n.nspname, e.extname, n.nspname)
  END AS sql
FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
WHERE e.extname <> 'plpgsql' AND EXISTS (SELECT FROM pg_depend d WHERE d.deptype = 'e' AND d.refobjid = e.oid
  AND d.refclassid = 'pg_extension'::regclass AND d.classid IN ('pg_type'::regclass, 'pg_opclass'::regclass))
ORDER BY e.oid`;

/** Types are made in the order of their oids: a type is younger than those it is made of. */
const typesSql = `
WITH scope AS (SELECT oid, nspname FROM pg_namespace WHERE nspname = ANY ($1::text[])),
entries AS (
  SELECT l.oid, 'collation' AS kind, s.nspname || '.' || l.collname AS name,
    format('CREATE COLLATION %I.%I (provider = %s, locale = %L, deterministic = %s)', s.nspname, l.collname,
      CASE l.collprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END,
      coalesce(to_jsonb(l) ->> 'colllocale', to_jsonb(l) ->> 'colliculocale', l.collcollate::text),
      l.collisdeterministic::text) AS sql
  FROM pg_collation l JOIN scope s ON s.oid = l.collnamespace
  WHERE NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_collation'::regclass AND d.objid = l.oid AND d.deptype = 'e')
  UNION ALL
  SELECT t.oid, CASE t.typtype WHEN 'e' THEN 'enum' WHEN 'd' THEN 'domain' WHEN 'r' THEN 'range' ELSE 'composite type' END,
    s.nspname || '.' || t.typname,
    CASE t.typtype
    WHEN 'e' THEN format('CREATE TYPE %I.%I AS ENUM (%s)', s.nspname, t.typname,
      (SELECT coalesce(string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder), '')
        FROM pg_enum e WHERE e.enumtypid = t.oid))
    WHEN 'd' THEN format('CREATE DOMAIN %I.%I AS %s%s%s%s%s', s.nspname, t.typname,
      format_type(t.typbasetype, t.typtypmod),
      (SELECT format(' COLLATE %I.%I', n.nspname, l.collname) FROM pg_collation l
        JOIN pg_namespace n ON n.oid = l.collnamespace JOIN pg_type b ON b.oid = t.typbasetype
        WHERE l.oid = t.typcollation AND l.oid <> b.typcollation),
      ' DEFAULT ' || t.typdefault, CASE WHEN t.typnotnull THEN ' NOT NULL' END,
      (SELECT string_agg(format(' CONSTRAINT %I %s', k.conname, pg_get_constraintdef(k.oid)), '' ORDER BY k.oid)
        FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c' AND k.convalidated))
    WHEN 'r' THEN (SELECT format('CREATE TYPE %I.%I AS RANGE (SUBTYPE = %s%s%s)', s.nspname, t.typname,
        format_type(r.rngsubtype, NULL),
        (SELECT format(', SUBTYPE_OPCLASS = %I.%I', n.nspname, o.opcname) FROM pg_opclass o
          JOIN pg_namespace n ON n.oid = o.opcnamespace WHERE o.oid = r.rngsubopc AND NOT o.opcdefault),
        (SELECT format(', COLLATION = %I.%I', n.nspname, l.collname) FROM pg_collation l
          JOIN pg_namespace n ON n.oid = l.collnamespace WHERE l.oid = r.rngcollation AND l.collname <> 'default'))
      FROM pg_range r WHERE r.rngtypid = t.oid)
    ELSE format('CREATE TYPE %I.%I AS (%s)', s.nspname, t.typname,
      (SELECT coalesce(string_agg(format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)), ', '
        ORDER BY a.attnum), '') FROM pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped))
    END
  FROM pg_type t JOIN scope s ON s.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid
  WHERE (t.typtype IN ('e', 'd', 'r') OR (t.typtype = 'c' AND c.relkind = 'c'))
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e')
)
SELECT kind, name, sql FROM entries ORDER BY oid`;
