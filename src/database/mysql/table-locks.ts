import { InternalError } from '../../errors.ts';
import type { Catalogue } from '../../ports/database.ts';
import type { ForeignKey, TableName } from '../../snapshot/table.ts';
import { quoteName } from './quote.ts';

/**
 * What a restore locks: the tables it writes, and for reading every table that a foreign key connects with them.
 * Under LOCK TABLES a query may use a table once for every lock it has, and each needs a name of its own: the count
 * of orphans reads a table as the child and, in a self relation, as the parent too.
 */
export class TableLocks {
  readonly #aliases: ReadonlyMap<string, number>;
  readonly #written: ReadonlySet<string>;

  constructor({ tables, foreignKeys }: Catalogue, written: readonly TableName[]) {
    this.#written = new Set(written.map((table) => table.name));
    const known = new Set(tables.map((table) => table.name));
    const touching = foreignKeys.filter(
      (key) => this.#written.has(key.table.name) || this.#written.has(key.parent.name),
    );
    const names = [...this.#written, ...touching.flatMap((key) => [key.table.name, key.parent.name])];
    // The parent of a foreign key may be missing where it was dropped without checks.
    const locked = [...new Set(names)].filter((name) => known.has(name));
    this.#aliases = new Map(locked.map((name, index) => [name, index]));
  }

  /** Null where there is nothing to lock. */
  get statement(): string | null {
    if (this.#aliases.size === 0) return null;
    const locks = [...this.#aliases].flatMap(([name, index]) => {
      const table = quoteName(name);
      const mode = this.#written.has(name) ? 'WRITE' : 'READ';
      return [
        `${table} ${mode}`,
        `${table} AS ${childAlias(index)} READ`,
        `${table} AS ${parentAlias(index)} READ`,
      ];
    });
    return `LOCK TABLES ${locks.join(', ')}`;
  }

  /**
   * The query that counts child rows with all key columns set and no parent. It reads what is there now, as whoever has
   * the locks may: as of an instant, InnoDB would have to look up the row of every index entry that this transaction
   * has written, which takes longer than to write them. And it joins: of NOT EXISTS MariaDB makes a table of all
   * parents first, and looks for every child in it, which takes ten times as long.
   */
  orphanQuery({ table, columns, parent, parentColumns }: ForeignKey): string {
    const child = childAlias(this.#indexOf(table));
    const keys = columns.map((column) => `${child}.${quoteName(column)}`);
    const isSet = keys.map((key) => `${key} IS NOT NULL`).join(' AND ');
    const count = `SELECT COUNT(*) FROM ${quoteName(table.name)} AS ${child}`;
    if (!this.#aliases.has(parent.name)) return `${count} WHERE ${isSet} LOCK IN SHARE MODE`;
    const other = parentAlias(this.#indexOf(parent));
    const parentKeys = parentColumns.map((column) => `${other}.${quoteName(column)}`);
    const matches = keys.map((key, i) => `${parentKeys[i]} = ${key}`).join(' AND ');
    return `${count} LEFT JOIN ${quoteName(parent.name)} AS ${other} ON ${matches} WHERE ${isSet} AND ${parentKeys[0]} IS NULL LOCK IN SHARE MODE`;
  }

  #indexOf(table: TableName): number {
    const index = this.#aliases.get(table.name);
    if (index === undefined) throw new InternalError(`table ${table.name} is not locked by this restore`);
    return index;
  }
}

function childAlias(index: number): string {
  return `holdfast_child_${index}`;
}

function parentAlias(index: number): string {
  return `holdfast_parent_${index}`;
}
