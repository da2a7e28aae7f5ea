import type { ForeignKey } from '../../snapshot/table.ts';
import type { Handle } from './connection.ts';
import { quoteName, quoteTable } from './quote.ts';
import type { SqliteTable } from './table-definition.ts';

interface KeyPart {
  readonly id: number;
  readonly parent: string;
  readonly column: string;
  /** Null when the parent's primary key is meant. */
  readonly parentColumn: string | null;
}

/** The foreign keys of a table, with the names of tables and columns as they were created. */
export function readForeignKeys(
  handle: Handle,
  { definition: table }: SqliteTable,
  tables: readonly SqliteTable[],
): ForeignKey[] {
  const parts = handle
    .prepare<[string], KeyPart>(
      `SELECT id, "table" AS parent, "from" AS "column", "to" AS parentColumn
       FROM pragma_foreign_key_list(?, 'main') ORDER BY id DESC, seq`,
    )
    .all(table.name);
  const ids = [...new Set(parts.map(({ id }) => id))];
  return ids.map((id) => {
    const own = parts.filter((part) => part.id === id);
    const parent = findName(tables, own[0]!.parent, ({ definition }) => definition.name);
    const columns = own.map(({ column }) => matchName(table.columns, column));
    return {
      // SQLite does not tell the names of constraints.
      name: `${table.name}_${columns.join('_')}_fkey`,
      table: { schema: null, name: table.name },
      columns,
      parent: { schema: null, name: parent?.definition.name ?? own[0]!.parent },
      parentColumns: parentColumnsOf(handle, own, parent),
    };
  });
}

function parentColumnsOf(
  handle: Handle,
  parts: readonly KeyPart[],
  parent: SqliteTable | undefined,
): string[] {
  const named = parts.flatMap(({ parentColumn }) => (parentColumn === null ? [] : [parentColumn]));
  if (parent === undefined) return named;
  if (named.length === parts.length) return named.map((name) => matchName(parent.definition.columns, name));
  return handle
    .prepare<[string], string>(`SELECT name FROM pragma_table_xinfo(?, 'main') WHERE pk > 0 ORDER BY pk`)
    .pluck()
    .all(parent.definition.name);
}

/**
 * How many rows of the child point at nothing, compared as SQLite compares foreign keys: by the affinity and collation
 * of the parent's column.
 */
export function countOrphans(
  handle: Handle,
  key: ForeignKey,
  { hasParent }: { readonly hasParent: boolean },
): number {
  const isSet = key.columns.map((column) => `c.${quoteName(column)} IS NOT NULL`);
  const isSame = key.columns.map(
    (column, index) => `p.${quoteName(key.parentColumns[index]!)} = +c.${quoteName(column)}`,
  );
  const isOrphan = hasParent
    ? ` AND NOT EXISTS (SELECT 1 FROM ${quoteTable(key.parent.name)} AS p WHERE ${isSame.join(' AND ')})`
    : '';
  return handle
    .prepare<[], number>(
      `SELECT count(*) FROM ${quoteTable(key.table.name)} AS c WHERE ${isSet.join(' AND ')}${isOrphan}`,
    )
    .pluck()
    .get()!;
}

/** SQLite compares names without regard to the case of ASCII letters. */
function matchName(columns: readonly { readonly name: string }[], name: string): string {
  return findName(columns, name, (column) => column.name)?.name ?? name;
}

function findName<T>(items: readonly T[], name: string, nameOf: (item: T) => string): T | undefined {
  return (
    items.find((item) => nameOf(item) === name) ?? items.find((item) => fold(nameOf(item)) === fold(name))
  );
}

function fold(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
