import type { SchemaStatement } from '../../snapshot/table.ts';
import type { Handle } from './connection.ts';
import { toAppError } from './sqlite-errors.ts';

/**
 * Runs the statements of a stored definition, inside the transaction.
 *
 * @throws AppError RESTORE.SCHEMA
 */
export function createSchema(handle: Handle, statements: readonly SchemaStatement[]): void {
  for (const { kind, name, sql } of statements) {
    try {
      if (!/^\s*CREATE\s/i.test(sql)) throw new Error('it is not a CREATE statement');
      create(handle, sql);
    } catch (error) {
      throw toAppError(error, `Cannot create ${kind} ${name}`, 'RESTORE.SCHEMA');
    }
  }
}

/**
 * Older statements may hold strings in double quotes. SQLite still reads them where they are stored, but this build
 * takes no new ones; it says which, and in single quotes they mean the same.
 */
function create(handle: Handle, sql: string): void {
  try {
    // Takes one statement only, so none can end the transaction.
    handle.prepare(sql).run();
  } catch (error) {
    const literal = /no such column: "(.*)" - should this be a string literal/s.exec(String(error))?.[1];
    if (literal === undefined) throw error;
    const rewritten = sql.replaceAll(
      `"${literal.replaceAll('"', '""')}"`,
      () => `'${literal.replaceAll("'", "''")}'`,
    );
    if (rewritten === sql) throw error;
    create(handle, rewritten);
  }
}
