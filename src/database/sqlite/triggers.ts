import type { Handle } from './connection.ts';
import { quoteName } from './quote.ts';

/**
 * Takes all triggers of these tables away, inside the transaction.
 *
 * @returns the statements that make them again, in their order
 */
export function dropTriggers(handle: Handle, tables: ReadonlySet<string>): readonly string[] {
  const triggers = handle
    .prepare<[], { readonly name: string; readonly tableName: string; readonly sql: string }>(
      `SELECT name, tbl_name AS tableName, sql FROM main.sqlite_master WHERE type = 'trigger' ORDER BY rowid`,
    )
    .all()
    .filter(({ tableName }) => tables.has(tableName));
  for (const { name } of triggers) handle.exec(`DROP TRIGGER main.${quoteName(name)}`);
  return triggers.map(({ sql }) => sql);
}
