import { describeError } from '../../errors.ts';
import type { Handle } from './connection.ts';
import { quoteName, quoteTable } from './quote.ts';

interface VirtualTable {
  readonly name: string;
  readonly sql: string;
}

/** A full-text index whose texts stand in another table: `USING fts5(title, content='posts')`. */
const externalContent = /\bUSING\s+fts[45]\b.*[\s,(]content\s*=\s*(?!''|"")\S/is;

/**
 * Virtual tables are in no snapshot. Full-text indexes over other tables are made anew from these; triggers that would
 * have kept them up to date did not run.
 *
 * @param triggers the statements of the triggers that did not run
 * @returns sentences about virtual tables that may no longer fit the tables
 */
export function rebuildSearchIndexes(handle: Handle, triggers: readonly string[]): string[] {
  return handle
    .prepare<[], VirtualTable>(
      `SELECT m.name, m.sql FROM main.sqlite_master AS m JOIN pragma_table_list AS l ON l.name = m.name
       WHERE l.schema = 'main' AND l.type = 'virtual' ORDER BY m.name`,
    )
    .all()
    .flatMap(({ name, sql }) => {
      if (externalContent.test(sql)) return rebuild(handle, name);
      if (!triggers.some((trigger) => trigger.includes(name))) return [];
      return [`Virtual table ${name} was not restored, and its triggers did not run: fill it again`];
    });
}

function rebuild(handle: Handle, name: string): string[] {
  handle.exec('SAVEPOINT rebuild');
  try {
    handle.exec(`INSERT INTO ${quoteTable(name)} (${quoteName(name)}) VALUES ('rebuild')`);
    handle.exec('RELEASE rebuild');
    return [];
  } catch (error) {
    // Some failures, such as a full disk, take the whole transaction back.
    if (!handle.inTransaction) throw error;
    handle.exec('ROLLBACK TO rebuild; RELEASE rebuild');
    return [`Search index ${name} could not be rebuilt: ${describeError(error)}`];
  }
}
