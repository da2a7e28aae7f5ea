import type { SchemaStatement } from '../../snapshot/table.ts';
import { attempt } from './failure.ts';
import { quoteName } from './quote.ts';
import type { Session } from './session.ts';
import type { MysqlTable } from './table.ts';

/** `SHOW CREATE TABLE` of every table; foreign keys stand in it, and are not checked while tables are created. */
export async function readDefinition(
  session: Session,
  tables: readonly MysqlTable[],
): Promise<SchemaStatement[]> {
  const statements: SchemaStatement[] = [];
  for (const { definition } of tables) {
    const attempted = {
      what: `Cannot read the definition of table ${definition.name}`,
      otherwise: 'DATABASE.READ',
    } as const;
    const [row] = await attempt(attempted, () =>
      session.query(`SHOW CREATE TABLE ${quoteName(definition.name)}`),
    );
    statements.push({ kind: 'table', name: definition.name, sql: withoutCounter(row?.[1] ?? '') });
  }
  return statements;
}

/** The counter is part of the data, and is stated as a sequence. It stands right behind the engine's name. */
function withoutCounter(sql: string): string {
  const options = sql.lastIndexOf('\n)');
  const tail = sql.slice(options).replace(/( ENGINE=\w+) AUTO_INCREMENT=\d+/, '$1');
  return sql.slice(0, options) + tail;
}
