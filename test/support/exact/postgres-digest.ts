import type { Client } from 'pg';
import type { Digest } from './bench.ts';

/**
 * What a database holds, as the server itself sees it: rows in their text and in their binary form, counters, and
 * everything that says how tables are made. What stands beside tables (triggers, rules, policies, views) has keys that
 * begin with `beside`.
 */
export async function digestDatabase(client: Client): Promise<Digest> {
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  try {
    await client.query(
      `SET LOCAL TimeZone = 'Asia/Kolkata'; SET LOCAL extra_float_digits = 3; SET LOCAL search_path = '';
       SET LOCAL row_security = off; SET LOCAL bytea_output = 'escape'; SET LOCAL DateStyle = 'German';
       SET LOCAL IntervalStyle = 'sql_standard'`,
    );
    const digest: Record<string, string> = {};
    for (const sql of [await rowsSql(client), ...schemaSql]) {
      if (sql === '') continue;
      const { rows } = await client.query<{ key: string; value: string | null }>(sql);
      for (const { key, value } of rows) digest[key] = value ?? 'null';
    }
    return digest;
  } finally {
    await client.query('ROLLBACK');
  }
}

const isOurs = `n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'public')`;

interface StoredRelation {
  readonly name: string;
  readonly kind: string;
  /** Ordered by name: partitions may have another order than their root. */
  readonly columns: string | null;
  /** Those whose binary form is the same in every database. */
  readonly stable: string | null;
}

/**
 * One statement over all tables: rows, and a digest that does not depend on their order. The binary form is that of
 * columns whose types have the same number in every database: it names the types by these.
 */
async function rowsSql(client: Client): Promise<string> {
  const { rows } = await client.query<StoredRelation>(
    `SELECT format('%I.%I', n.nspname, c.relname) AS name, c.relkind::text AS kind,
       (SELECT string_agg('t.' || quote_ident(a.attname), ',' ORDER BY a.attname COLLATE "C") FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
       (SELECT string_agg('t.' || quote_ident(a.attname), ',' ORDER BY a.attname COLLATE "C") FROM pg_attribute a
          JOIN pg_type y ON y.oid = a.atttypid JOIN pg_namespace m ON m.oid = y.typnamespace
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND y.typsend <> 0 AND y.typname NOT IN ('_seg') AND m.nspname IN ('pg_catalog', 'public')) AS stable
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'm', 'S') AND ${isOurs}`,
  );
  const parts = rows.map(({ name, kind, columns, stable }) => {
    const title = `${kind === 'm' ? 'beside ' : ''}${kind === 'S' ? 'counter' : 'rows of'} ${name}`;
    const key = `'${title.replaceAll("'", "''")}'`;
    if (kind === 'S') return `SELECT ${key} AS key, last_value || ' ' || is_called AS value FROM ${name}`;
    const text = columns === null ? 't::text' : `ROW(${columns})::text`;
    const binary = stable === null ? "''" : `md5(record_send(ROW(${stable})))`;
    return `SELECT ${key} AS key, count(*) || ' rows ' || coalesce(md5(string_agg(hash, ',' ORDER BY hash)), '') AS value
      FROM (SELECT md5(${text}) || ${binary} AS hash FROM ONLY ${name} AS t) AS hashed`;
  });
  return parts.join(' UNION ALL ');
}

const schemaSql: readonly string[] = [
  `SELECT 'table ' || c.oid::regclass AS key, concat_ws(' ', c.relkind::text, c.relpersistence::text, c.relreplident, c.reloptions,
     pg_get_expr(c.relpartbound, c.oid), pg_get_partkeydef(c.oid),
     (SELECT string_agg(i.inhparent::regclass::text, ',' ORDER BY i.inhseqno) FROM pg_inherits i WHERE i.inhrelid = c.oid),
     (SELECT string_agg(concat_ws(' ', quote_ident(a.attname), format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
        a.attgenerated, pg_get_expr(d.adbin, d.adrelid), a.attcollation::regcollation, a.attislocal, a.attinhcount), '; '
        ORDER BY CASE WHEN NOT c.relispartition THEN a.attnum END, a.attname) FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)) AS value
   FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p') AND ${isOurs}`,
  `SELECT 'constraint ' || c.conrelid::regclass || '.' || quote_ident(c.conname) AS key,
     concat_ws(' ', pg_get_constraintdef(c.oid), c.convalidated, c.conislocal, c.connoinherit) AS value
   FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace WHERE c.conrelid <> 0 AND ${isOurs}`,
  `SELECT 'index ' || i.indexrelid::regclass AS key,
     concat_ws(' ', pg_get_indexdef(i.indexrelid), i.indisvalid, i.indisunique, i.indisclustered, i.indisreplident) AS value
   FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${isOurs}`,
  `SELECT 'sequence ' || s.seqrelid::regclass AS key, concat_ws(' ', s.seqtypid::regtype, s.seqstart, s.seqincrement, s.seqmax,
     s.seqmin, s.seqcache, s.seqcycle, (SELECT d.refobjid::regclass || '.' || d.refobjsubid FROM pg_depend d
       WHERE d.objid = s.seqrelid AND d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0
       AND false)) AS value
   FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${isOurs}`,
  `SELECT 'type ' || t.oid::regtype AS key, concat_ws(' ', t.typtype::text, t.typnotnull, t.typdefault,
     (SELECT string_agg(quote_literal(e.enumlabel), ',' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid),
     (SELECT string_agg(pg_get_constraintdef(k.oid), ',' ORDER BY k.conname) FROM pg_constraint k WHERE k.contypid = t.oid),
     (SELECT concat_ws(' ', r.rngsubtype::regtype, r.rngcollation::regcollation) FROM pg_range r WHERE r.rngtypid = t.oid))
     AS value
   FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE t.typtype IN ('e', 'd', 'r') AND ${isOurs}`,
  `SELECT 'beside trigger ' || t.tgrelid::regclass || '.' || quote_ident(t.tgname) AS key,
     concat_ws(' ', pg_get_triggerdef(t.oid), t.tgenabled) AS value
   FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE NOT t.tgisinternal AND ${isOurs}`,
  `SELECT 'beside internal triggers ' || t.tgrelid::regclass AS key, string_agg(t.tgenabled::text, '' ORDER BY t.tgenabled) AS value
   FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE t.tgisinternal AND ${isOurs} GROUP BY t.tgrelid`,
  `SELECT 'beside rule ' || r.ev_class::regclass || '.' || quote_ident(r.rulename) AS key,
     concat_ws(' ', pg_get_ruledef(r.oid), r.ev_enabled) AS value
   FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${isOurs}`,
  `SELECT 'beside policies ' || c.oid::regclass AS key, concat_ws(' ', c.relrowsecurity, c.relforcerowsecurity,
     (SELECT string_agg(pg_get_expr(p.polqual, c.oid), ',' ORDER BY p.polname) FROM pg_policy p WHERE p.polrelid = c.oid)) AS value
   FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p') AND ${isOurs}`,
];
