import { formatTableName, type TableName } from '../../snapshot/table.ts';
import type { PostgresConnection } from './connection.ts';

/** One stored table: an ordinary one, the root of partitions, or one of its partitions. */
export interface Relation {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly kind: 'table' | 'partitioned' | 'foreign';
  /** The root that this is a partition of; its own oid where it is none. */
  readonly rootOid: number;
  /** Whether the present role may read all of it. */
  readonly isReadable: boolean;
  readonly isRowSecurityForced: boolean;
  readonly estimatedRows: number;
}

/** A table in scope with everything that is stored under its name. */
export interface RootRelation extends Relation {
  readonly partitions: readonly Relation[];
}

/** The schemas to read: those that are asked for and exist, and the names of those that do not. */
export interface SchemaScope {
  readonly schemas: readonly string[];
  readonly missing: readonly string[];
}

export async function resolveSchemas(
  connection: PostgresConnection,
  wanted: readonly string[] | 'all',
): Promise<SchemaScope> {
  const rows = await connection.query<{ name: string }>(
    `SELECT nspname AS name FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'`,
  );
  const existing = rows.map((row) => row.name).sort();
  if (wanted === 'all') return { schemas: existing, missing: [] };
  return {
    schemas: existing.filter((name) => wanted.includes(name)),
    missing: wanted.filter((name) => !existing.includes(name)),
  };
}

/**
 * How many bytes the relations take, with what is stored beside them (TOAST). Needs the locks that reading needs.
 */
export async function readStoredBytes(
  connection: PostgresConnection,
  oids: readonly number[],
): Promise<number> {
  const [row] = await connection.query<{ bytes: string }>(
    'SELECT coalesce(sum(pg_table_size(oid)), 0)::text AS bytes FROM unnest($1::oid[]) AS oid',
    [oids],
  );
  return Number(row!.bytes);
}

/** Every table in the schemas, except those that an extension owns; a partitioned table once, under its root. Takes no lock. */
export async function listRelations(
  connection: PostgresConnection,
  schemas: readonly string[],
): Promise<readonly RootRelation[]> {
  const rows = await connection.query<RelationRow>(relationsSql, [schemas]);
  const roots: RootRelation[] = [];
  const partitionsByRoot = new Map<number, Relation[]>();
  for (const row of rows) {
    const relation = toRelation(row);
    if (row.is_root) {
      const partitions: Relation[] = [];
      partitionsByRoot.set(relation.oid, partitions);
      roots.push({ ...relation, partitions });
    } else {
      partitionsByRoot.get(relation.rootOid)?.push(relation);
    }
  }
  return roots.sort(compareNames);
}

/** Orders by schema, then by name, both by UTF-16 code unit. */
export function compareNames(a: TableName, b: TableName): number {
  return compareText(a.schema ?? '', b.schema ?? '') || compareText(a.name, b.name);
}

/** The relation and all its partitions. */
export function withPartitions(roots: readonly RootRelation[]): readonly Relation[] {
  return roots.flatMap((root) => [root, ...root.partitions]);
}

/** A text that is equal for equal sets of relations under equal names only. */
export function fingerprint(roots: readonly RootRelation[]): string {
  const stored = withPartitions(roots).map((one) => `${one.oid} ${one.rootOid} ${formatTableName(one)}`);
  return JSON.stringify(stored.sort());
}

interface RelationRow {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly kind: string;
  readonly root_oid: number;
  readonly is_root: boolean;
  readonly is_readable: boolean;
  readonly is_forced: boolean;
  readonly estimated_rows: number;
}

const relationsSql = `
WITH RECURSIVE roots AS (
  SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = ANY ($1::text[]) AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't'
    AND NOT EXISTS (SELECT FROM pg_depend d
      WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
), stored AS (
  SELECT oid, oid AS root_oid, true AS is_root FROM roots
  UNION ALL
  SELECT c.oid, s.root_oid, false
  FROM stored s JOIN pg_inherits h ON h.inhparent = s.oid JOIN pg_class c ON c.oid = h.inhrelid AND c.relispartition
)
SELECT c.oid, n.nspname AS schema, c.relname AS name, c.relkind::text AS kind, s.root_oid, s.is_root,
  has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AS is_readable,
  c.relforcerowsecurity AS is_forced, c.reltuples::float8 AS estimated_rows
FROM stored s JOIN pg_class c ON c.oid = s.oid JOIN pg_namespace n ON n.oid = c.relnamespace
ORDER BY s.is_root DESC, n.nspname COLLATE "C", c.relname COLLATE "C"`;

const kinds: Readonly<Record<string, Relation['kind']>> = { r: 'table', p: 'partitioned', f: 'foreign' };

function toRelation(row: RelationRow): Relation {
  return {
    oid: row.oid,
    schema: row.schema,
    name: row.name,
    kind: kinds[row.kind] ?? 'table',
    rootOid: row.root_oid,
    isReadable: row.is_readable,
    isRowSecurityForced: row.is_forced,
    estimatedRows: Math.max(0, row.estimated_rows),
  };
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
