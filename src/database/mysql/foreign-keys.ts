import type { ForeignKey } from '../../snapshot/table.ts';
import { groupBy, inDatabase } from './information-schema.ts';
import type { Session, TextRow } from './session.ts';
import { type MysqlTable, tableName } from './table.ts';

/** The foreign keys between tables of this database, by table and name. */
export async function readForeignKeys(
  session: Session,
  tables: readonly MysqlTable[],
): Promise<ForeignKey[]> {
  const rows = await session.query(
    `SELECT TABLE_NAME, CONSTRAINT_NAME, COLUMN_NAME, REFERENCED_TABLE_NAME, REFERENCED_COLUMN_NAME
     FROM information_schema.KEY_COLUMN_USAGE
     WHERE ${inDatabase('TABLE_SCHEMA')} AND REFERENCED_TABLE_SCHEMA = TABLE_SCHEMA
       AND REFERENCED_TABLE_NAME IS NOT NULL
     ORDER BY TABLE_NAME, CONSTRAINT_NAME, ORDINAL_POSITION`,
  );
  const grouped = groupBy(rows, (row) => JSON.stringify([row[0], row[1]]));
  const keys = [...grouped.values()].map((own) => assembleForeignKey(own, tables));
  return keys.sort((a, b) => (foreignKeyOrder(a) < foreignKeyOrder(b) ? -1 : 1));
}

function assembleForeignKey(rows: readonly TextRow[], tables: readonly MysqlTable[]): ForeignKey {
  const [table, name, , parent] = rows[0]!;
  return {
    name: name!,
    table: tableName(table!),
    columns: rows.map((row) => row[2]!),
    parent: tableName(spellAsTable(parent!, tables)),
    parentColumns: rows.map((row) => row[4]!),
  };
}

/** Servers that keep the case of names but ignore it may spell the parent in another way. */
function spellAsTable(name: string, tables: readonly MysqlTable[]): string {
  const names = tables.map((table) => table.definition.name);
  if (names.includes(name)) return name;
  return names.find((candidate) => candidate.toLowerCase() === name.toLowerCase()) ?? name;
}

function foreignKeyOrder(key: ForeignKey): string {
  return `${key.table.name}\0${key.name}`;
}
