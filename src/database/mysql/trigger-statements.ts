import { AppError, InternalError } from '../../errors.ts';
import type { SchemaStatement } from '../../snapshot/table.ts';
import { isUtf8Charset } from './charset.ts';
import { quoteName, quoteText } from './quote.ts';
import type { Session } from './session.ts';
import { isSameMoment, type TriggerRow } from './triggers.ts';

/** Kinds of the statements of a journal. The first sets the session up for the one behind it. */
export const triggerKinds = {
  session: 'session of a trigger',
  trigger: 'trigger',
  /** A trigger that was written in another character set than UTF-8: every character stands for one byte. */
  bytes: 'trigger as bytes',
} as const;

const modePattern = /^[A-Z0-9_,]*$/;
const namePattern = /^[A-Za-z0-9_]+$/;

/**
 * The statements that create these triggers again as they are, with definer, SQL mode, character set, collation and
 * order; two for each trigger, in an order that works.
 *
 * @throws AppError RESTORE.TRIGGERS when one of them cannot be told exactly
 */
export async function readTriggerStatements(
  session: Session,
  triggers: readonly TriggerRow[],
): Promise<SchemaStatement[]> {
  const statements: SchemaStatement[] = [];
  for (const [index, trigger] of triggers.entries()) {
    const before = triggers[index - 1];
    const follows = before !== undefined && isSameMoment(before, trigger) ? before.name : null;
    statements.push(...(await readTrigger(session, trigger, follows)));
  }
  return statements;
}

async function readTrigger(
  session: Session,
  { name }: TriggerRow,
  follows: string | null,
): Promise<SchemaStatement[]> {
  const [row] = await session.queryBytes(`SHOW CREATE TRIGGER ${quoteName(name)}`);
  const [, mode, body, charset, collation] = row ?? [];
  if (!mode || !body || !charset || !collation) {
    throw new AppError(
      'RESTORE.TRIGGERS',
      `Cannot take trigger ${name} down: its definition may not be read`,
      {
        hint: 'Restore as the owner of the database, who has the TRIGGER right',
      },
    );
  }
  const context = [mode, charset, collation].map(String);
  if (!modePattern.test(context[0]!) || !namePattern.test(context[1]!) || !namePattern.test(context[2]!)) {
    throw new InternalError(`the session of trigger ${name} is not what a server writes`);
  }
  const kind = isUtf8Charset(context[1]!) ? triggerKinds.trigger : triggerKinds.bytes;
  const text = body.toString(kind === triggerKinds.trigger ? 'utf8' : 'latin1');
  return [
    {
      kind: triggerKinds.session,
      name,
      sql: `SET SESSION sql_mode = ${quoteText(context[0]!)}, character_set_client = ${context[1]}, collation_connection = ${context[2]}`,
    },
    { kind, name, sql: placeInOrder(text, name, follows) },
  ];
}

/** The bytes of a trigger's statement as they were first sent. */
export function triggerBytes(statement: SchemaStatement): Buffer {
  return Buffer.from(statement.sql, statement.kind === triggerKinds.bytes ? 'latin1' : 'utf8');
}

/** Comments, strings, quoted names and words, as far as they matter for finding `FOR EACH ROW`. */
const tokenPattern =
  /\/\*.*?\*\/|(?:#|--(?=\s))[^\n]*|'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|`(?:[^`]|``)*`|[\p{L}\p{N}_$\x80-\uffff]+|[^\s]/gsu;

/**
 * Says after which trigger this one runs, instead of what its statement says: that could name a trigger which is not
 * there yet, or no longer.
 */
function placeInOrder(sql: string, name: string, follows: string | null): string {
  const tokens = [...sql.matchAll(tokenPattern)].filter(([text]) => !/^(\/\*|#|--)/.test(text));
  const words = tokens.map(([text]) => text.toUpperCase());
  const row = words.findIndex(
    (_, i) => words[i - 2] === 'FOR' && words[i - 1] === 'EACH' && words[i] === 'ROW',
  );
  const rowToken = tokens[row];
  if (rowToken === undefined) {
    throw new AppError(
      'RESTORE.TRIGGERS',
      `Cannot take trigger ${name} down: its definition is not understood`,
      {
        hint: `Drop the trigger, restore, and create it again`,
      },
    );
  }
  const hasOrder = ['FOLLOWS', 'PRECEDES'].includes(words[row + 1] ?? '');
  const lastOfHead = hasOrder ? tokens[row + 2]! : rowToken;
  const head = sql.slice(0, rowToken.index + rowToken[0].length);
  const body = sql.slice(lastOfHead.index + lastOfHead[0].length);
  return follows === null ? head + body : `${head} FOLLOWS ${quoteName(follows)}${body}`;
}
