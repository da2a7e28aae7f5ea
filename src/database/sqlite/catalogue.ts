import type { Catalogue } from '../../ports/database.ts';
import type { LeftOut, SchemaStatement } from '../../snapshot/table.ts';
import type { Handle } from './connection.ts';
import { databaseBytes } from './database-size.ts';
import { readForeignKeys } from './foreign-keys.ts';
import { readSequences } from './sequences.ts';
import { readTable, type SqliteTable, type TableListing } from './table-definition.ts';
import { createShapes, type Shapes } from './table-shape.ts';
import type { TextEncoding } from './utf16-lines.ts';

export interface SqliteCatalogue {
  readonly catalogue: Catalogue;
  readonly shapes: Shapes;
}

/** Reads what the database holds; the caller has begun a transaction. */
export function readCatalogue(handle: Handle): SqliteCatalogue {
  const listings = listRelations(handle);
  const tables = listings
    .filter(({ type }) => type === 'table')
    .map((listing) => readTable(handle, listing))
    .sort((a, b) => compareText(a.shape.name, b.shape.name));
  const encoding = handle.pragma('encoding', { simple: true }) as TextEncoding;
  const shapes = createShapes(
    encoding,
    tables.map(({ shape }) => shape),
  );
  const keys = tables.map((table) => readForeignKeys(handle, table, tables));
  const catalogue: Catalogue = {
    serverVersion: handle.prepare<[], string>('SELECT sqlite_version()').pluck().get()!,
    tables: tables.map(({ definition }) => definition),
    foreignKeys: keys.flatMap(({ foreignKeys }) => foreignKeys),
    sequences: readSequences(handle, shapes.all),
    leftOut: listLeftOut(listings),
    definition: readDefinition(handle, tables),
    blockingTriggers: [],
    warnings: keys.flatMap(({ warnings }) => warnings),
    estimatedBytes: databaseBytes(handle),
  };
  return { catalogue, shapes };
}

/** Orders texts by UTF-16 code units. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Tables, views and virtual tables, without SQLite's own. */
function listRelations(handle: Handle): TableListing[] {
  return handle
    .prepare<[], TableListing>(
      `SELECT l.name, l.type, l.wr AS isWithoutRowid, l.strict AS isStrict, coalesce(m.sql, '') AS sql
       FROM pragma_table_list AS l LEFT JOIN main.sqlite_master AS m
         ON m.name = l.name AND m.type IN ('table', 'view')
       WHERE l.schema = 'main' AND lower(substr(l.name, 1, 7)) <> 'sqlite_'`,
    )
    .all();
}

const leftOutKinds: Readonly<Record<string, { readonly kind: string; readonly reason: string }>> = {
  view: { kind: 'view', reason: 'a view holds no rows of its own' },
  virtual: { kind: 'virtual table', reason: 'its rows belong to the module that made it' },
  shadow: { kind: 'shadow table', reason: 'it belongs to a virtual table' },
};

function listLeftOut(listings: readonly TableListing[]): LeftOut[] {
  return listings
    .flatMap(({ name, type }) => {
      const known = leftOutKinds[type];
      return known === undefined ? [] : [{ name, ...known }];
    })
    .sort((a, b) => compareText(a.name, b.name));
}

/** Tables, then indexes, both by name, then triggers in the order in which they were made. */
function readDefinition(handle: Handle, tables: readonly SqliteTable[]): SchemaStatement[] {
  const known = new Set(tables.map(({ shape }) => shape.name));
  const rows = handle
    .prepare<[], SchemaStatement & { readonly tableName: string }>(
      `SELECT type AS kind, name, sql, tbl_name AS tableName FROM main.sqlite_master
       WHERE type IN ('table', 'index', 'trigger') AND sql IS NOT NULL ORDER BY rowid`,
    )
    .all()
    .filter(({ tableName }) => known.has(tableName));
  const ofKind = (kind: string) =>
    rows.filter((row) => row.kind === kind).map(({ name, sql }) => ({ kind, name, sql }));
  const byName = (a: SchemaStatement, b: SchemaStatement) => compareText(a.name, b.name);
  return [...ofKind('table').sort(byName), ...ofKind('index').sort(byName), ...ofKind('trigger')];
}
