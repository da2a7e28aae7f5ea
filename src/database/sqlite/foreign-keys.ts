import type { ForeignKey, TableDefinition } from '../../snapshot/table.ts';
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

export interface TableForeignKeys {
  readonly foreignKeys: readonly ForeignKey[];
  /** Sentences about keys that point at a table or at columns which do not exist; SQLite itself cannot check those. */
  readonly warnings: readonly string[];
}

/** The foreign keys of a table, with the names of tables and columns as they were created. */
export function readForeignKeys(
  handle: Handle,
  { definition: table }: SqliteTable,
  tables: readonly SqliteTable[],
): TableForeignKeys {
  const parts = handle
    .prepare<[string], KeyPart>(
      `SELECT id, "table" AS parent, "from" AS "column", "to" AS parentColumn
       FROM pragma_foreign_key_list(?, 'main') ORDER BY id DESC, seq`,
    )
    .all(table.name);
  const foreignKeys: ForeignKey[] = [];
  const warnings: string[] = [];
  for (const id of new Set(parts.map((part) => part.id))) {
    const own = parts.filter((part) => part.id === id);
    const columns = own.map(({ column }) => matchName(table.columns, column));
    const parent = findName(tables, own[0]!.parent, ({ definition }) => definition.name)?.definition;
    const parentColumns = parent === undefined ? [] : parentColumnsOf(handle, own, parent);
    if (parent === undefined || parentColumns.length !== columns.length) {
      warnings.push(
        `Table ${table.name} refers with ${columns.join(', ')} to ${own[0]!.parent}, which does not have such a key`,
      );
      continue;
    }
    foreignKeys.push({
      // SQLite does not tell the names of constraints.
      name: `${table.name}_${columns.join('_')}_fkey`,
      table: { schema: null, name: table.name },
      columns,
      parent: { schema: null, name: parent.name },
      parentColumns,
    });
  }
  return { foreignKeys, warnings };
}

/** The columns that a key points at, or fewer where they do not exist. */
function parentColumnsOf(handle: Handle, parts: readonly KeyPart[], parent: TableDefinition): string[] {
  const named = parts.flatMap(({ parentColumn }) => (parentColumn === null ? [] : [parentColumn]));
  if (named.length > 0) {
    const known = new Set(parent.columns.map(({ name }) => name));
    return named.map((name) => matchName(parent.columns, name)).filter((name) => known.has(name));
  }
  return handle
    .prepare<[string], string>(`SELECT name FROM pragma_table_xinfo(?, 'main') WHERE pk > 0 ORDER BY pk`)
    .pluck()
    .all(parent.name);
}

/**
 * How many rows of the child point at nothing, compared as SQLite compares foreign keys: by the affinity and collation
 * of the parent's column.
 */
export function countOrphans(handle: Handle, key: ForeignKey): number {
  const isSet = key.columns.map((column) => `c.${quoteName(column)} IS NOT NULL`);
  const isSame = key.columns.map(
    (column, index) => `p.${quoteName(key.parentColumns[index]!)} = +c.${quoteName(column)}`,
  );
  return handle
    .prepare<[], number>(
      `SELECT count(*) FROM ${quoteTable(key.table.name)} AS c WHERE ${isSet.join(' AND ')}
       AND NOT EXISTS (SELECT 1 FROM ${quoteTable(key.parent.name)} AS p WHERE ${isSame.join(' AND ')})`,
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
