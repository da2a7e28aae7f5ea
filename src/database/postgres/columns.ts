import type { CellEncoding, ColumnDefinition, KeyComparison } from '../../snapshot/table.ts';
import type { PostgresConnection } from './connection.ts';

/** A column with what only this engine needs to know. */
export interface PostgresColumn extends ColumnDefinition {
  /** Its number in the catalogue, by which indexes and constraints name it. */
  readonly number: number;
  /** Of its declared type, which may be a domain. */
  readonly typeOid: number;
  /** Whether its declared type is an enumeration. */
  readonly isEnumeration: boolean;
  /** The schema of the operator by which values of its type are equal. */
  readonly equalitySchema: string;
}

interface TypeRow {
  readonly oid: number;
  readonly name: string;
  readonly category: string;
  readonly base: number;
  readonly not_null: boolean;
  readonly has_default: boolean;
  readonly labels: string[] | null;
  readonly equality_schema: string | null;
}

interface ColumnRow {
  readonly relation: number;
  readonly number: number;
  readonly name: string;
  readonly type: string;
  readonly type_oid: number;
  readonly not_null: boolean;
  readonly has_default: boolean;
  readonly is_generated: boolean;
  readonly is_loose_collation: boolean;
}

/** A type with all its domains taken off. */
interface ResolvedType {
  readonly base: TypeRow | undefined;
  readonly isRequired: boolean;
  readonly hasDefault: boolean;
}

/** The columns of each table, by the table's oid, in their order. */
export async function readColumns(
  connection: PostgresConnection,
  oids: readonly number[],
): Promise<ReadonlyMap<number, readonly PostgresColumn[]>> {
  const typeRows = await connection.query<TypeRow>(typesSql, [oids]);
  const types = new Map(typeRows.map((row) => [row.oid, row]));
  const columns = new Map<number, PostgresColumn[]>(oids.map((oid) => [oid, []]));
  for (const row of await connection.query<ColumnRow>(columnsSql, [oids])) {
    const isEnumeration = types.get(row.type_oid)?.category === 'e';
    columns.get(row.relation)?.push({ ...toColumn(row, resolveType(types, row.type_oid)), isEnumeration });
  }
  return columns;
}

function toColumn(row: ColumnRow, type: ResolvedType): Omit<PostgresColumn, 'isEnumeration'> {
  const { base } = type;
  return {
    number: row.number,
    name: row.name,
    type: row.type,
    typeOid: row.type_oid,
    encoding: encodingOf(base),
    nullable: !row.not_null && !type.isRequired,
    generated: row.is_generated,
    hasDefault: !row.is_generated && (row.has_default || type.hasDefault),
    comparison: comparisonOf(base, row.is_loose_collation),
    ...(base?.labels ? { labels: base.labels } : {}),
    equalitySchema: base?.equality_schema ?? 'pg_catalog',
  };
}

function resolveType(types: ReadonlyMap<number, TypeRow>, oid: number): ResolvedType {
  let type = types.get(oid);
  let isRequired = false;
  let hasDefault = false;
  while (type !== undefined && type.category === 'd') {
    isRequired ||= type.not_null;
    hasDefault ||= type.has_default;
    type = types.get(type.base);
  }
  return { base: type, isRequired, hasDefault };
}

/** The oids of built-in types are fixed for ever. */
const encodings: Readonly<Record<number, CellEncoding>> = {
  16: 'boolean',
  17: 'bytes',
  21: 'integer',
  23: 'integer',
  26: 'integer',
};

function encodingOf(base: TypeRow | undefined): CellEncoding {
  return encodings[base?.oid ?? 0] ?? 'text';
}

const numberTypes = new Set(['numeric', 'float4', 'float8']);

function comparisonOf(base: TypeRow | undefined, isLooseCollation: boolean): KeyComparison {
  if (isLooseCollation) return 'ignore-case-and-accents';
  if (base === undefined) return 'exact';
  if (numberTypes.has(base.name)) return 'number';
  if (base.name === 'citext') return 'ignore-case';
  return base.name === 'bpchar' ? 'trailing-spaces' : 'exact';
}

/** All domains, and the types that the tables' columns and those domains stand on. */
const typesSql = `
SELECT t.oid, t.typname AS name, t.typtype::text AS category, t.typbasetype AS base,
  t.typnotnull AS not_null, t.typdefault IS NOT NULL AS has_default,
  CASE WHEN t.typtype = 'e' THEN ARRAY(SELECT e.enumlabel::text FROM pg_enum e WHERE e.enumtypid = t.oid
    ORDER BY e.enumsortorder) END AS labels,
  (SELECT n.nspname FROM pg_opclass c
    JOIN pg_amop a ON a.amopfamily = c.opcfamily AND a.amopstrategy = 3
      AND a.amoplefttype = c.opcintype AND a.amoprighttype = c.opcintype
    JOIN pg_operator o ON o.oid = a.amopopr JOIN pg_namespace n ON n.oid = o.oprnamespace
    WHERE c.opcintype = t.oid AND c.opcdefault AND c.opcmethod = (SELECT oid FROM pg_am WHERE amname = 'btree')
    LIMIT 1) AS equality_schema
FROM pg_type t
WHERE t.typtype = 'd' OR t.oid IN (SELECT atttypid FROM pg_attribute WHERE attrelid = ANY ($1::oid[]))
  OR t.oid IN (SELECT typbasetype FROM pg_type WHERE typtype = 'd')`;

/** From version 18 on a NOT NULL may be unproven for the rows that are there. */
const columnsSql = `
SELECT a.attrelid AS relation, a.attnum AS number, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
  a.atttypid AS type_oid,
  a.attnotnull AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conrelid = a.attrelid AND c.contype = 'n'
    AND c.conkey[1] = a.attnum AND NOT c.convalidated) AS not_null,
  a.atthasdef OR a.attidentity <> '' AS has_default, a.attgenerated <> '' AS is_generated,
  coalesce(NOT l.collisdeterministic, false) AS is_loose_collation
FROM pg_attribute a LEFT JOIN pg_collation l ON l.oid = a.attcollation
WHERE a.attrelid = ANY ($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum`;
