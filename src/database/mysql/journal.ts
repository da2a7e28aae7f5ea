import type { SchemaStatement } from '../../snapshot/table.ts';
import { quoteName, quoteText } from './quote.ts';
import type { Session } from './session.ts';
import { strictMode } from './settings.ts';
import { triggerBytes, triggerKinds } from './trigger-statements.ts';
import { readTriggers } from './triggers.ts';

/** Takes back a table that the restore created, if the restore did not come to its end. */
const createdTableKind = 'created table';

export function describeCreatedTables(names: readonly string[]): SchemaStatement[] {
  return names.map((name) => ({
    kind: createdTableKind,
    name,
    sql: `DROP TABLE IF EXISTS ${quoteName(name)}`,
  }));
}

/** Creates those of the journal's triggers that are missing, each in the session that it was first made in. */
export async function putTriggersBack(
  session: Session,
  statements: readonly SchemaStatement[],
): Promise<void> {
  const present = new Set((await readTriggers(session)).map((trigger) => trigger.name));
  const missing = statements.filter(({ kind, name }) => isTriggerKind(kind) && !present.has(name));
  if (missing.length === 0) return;
  try {
    for (const statement of missing) {
      const isSetting = statement.kind === triggerKinds.session;
      await session.run(isSetting ? statement.sql : triggerBytes(statement));
    }
  } finally {
    if (session.isOpen) {
      await session.run('SET NAMES utf8mb4');
      await session.run(`SET SESSION character_set_results = NULL, sql_mode = ${quoteText(strictMode)}`);
    }
  }
}

/**
 * Drops the tables that the restore created, unless one of them holds rows: then it was committed. A restore that
 * created only empty tables cannot be told from one that was taken back, and loses nothing.
 */
export async function dropCreatedTables(
  session: Session,
  statements: readonly SchemaStatement[],
): Promise<void> {
  const created = statements.filter(({ kind }) => kind === createdTableKind);
  for (const { name } of created) {
    if (await holdsRows(session, name)) return;
  }
  for (const { sql } of created.toReversed()) await session.run(sql);
}

async function holdsRows(session: Session, table: string): Promise<boolean> {
  const found = await session.query(
    `SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ${quoteText(table)}`,
  );
  if (found.length === 0) return false;
  return (await session.query(`SELECT 1 FROM ${quoteName(table)} LIMIT 1`)).length > 0;
}

function isTriggerKind(kind: string): boolean {
  return Object.values<string>(triggerKinds).includes(kind);
}
