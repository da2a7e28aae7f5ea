import { formatTableName, isSameTable, type SequenceState } from '../../snapshot/table.ts';
import { findTable, type PostgresCatalogue } from './catalogue.ts';
import type { PostgresConnection } from './connection.ts';
import { quoteIdentifier, quoteLiteral, quoteTable } from './quoting.ts';
import type { PostgresSequence } from './sequences.ts';
import { fromClause } from './table-source.ts';

/** Where a counter stands. */
interface Position {
  readonly lastValue: bigint;
  readonly isCalled: boolean;
}

/**
 * Sets the live sequences to the saved states, or to the first value that the rows leave free.
 *
 * @returns sentences about sequences that could not be set exactly
 */
export async function setSequences(
  connection: PostgresConnection,
  catalogue: PostgresCatalogue,
  request: { readonly saved: readonly SequenceState[]; readonly atLeastCurrent: boolean },
): Promise<readonly string[]> {
  const sentences: string[] = [];
  for (const saved of request.saved) {
    const name = formatTableName(saved);
    const live = catalogue.postgresSequences.find((one) => isSameTable(one, saved));
    if (live === undefined) {
      sentences.push(`Sequence ${name} of the snapshot is not in the database.`);
      continue;
    }
    try {
      const sentence = await setSequence(connection, {
        catalogue,
        live,
        saved,
        atLeastCurrent: request.atLeastCurrent,
      });
      if (sentence !== null) sentences.push(sentence);
    } catch (error) {
      throw connection.failure(error, `Cannot set sequence ${name}`, 'RESTORE.CHECK');
    }
  }
  return sentences;
}

async function setSequence(
  connection: PostgresConnection,
  request: {
    readonly catalogue: PostgresCatalogue;
    readonly live: PostgresSequence;
    readonly saved: SequenceState;
    readonly atLeastCurrent: boolean;
  },
): Promise<string | null> {
  const { catalogue, live, saved } = request;
  const sequence = quoteTable(live);
  // This rewrites the sequence inside the transaction, so that what setval does to it rolls back as well; it also
  // keeps other sessions from drawing values until the end.
  await connection.query(`ALTER SEQUENCE ${sequence} RESTART`);
  const step = BigInt(live.increment);
  const wanted = toPosition(saved);
  const floor = request.atLeastCurrent ? furthest(step, wanted, toPosition(live)) : wanted;
  const edge = await findEdge(connection, catalogue, live);
  const isTaken = edge !== null && isBeyond(step, edge, nextValue(step, floor));
  const chosen = isTaken ? { lastValue: edge, isCalled: true } : floor;
  const kept = clamp(chosen, live);
  await connection.query(
    `SELECT pg_catalog.setval(${quoteLiteral(sequence)}::regclass, ${kept.lastValue}, ${kept.isCalled})`,
  );
  if (kept !== chosen) {
    return `Sequence ${formatTableName(live)} stands at its bound ${kept.lastValue}: ${chosen.lastValue} is outside of it.`;
  }
  if (!isTaken) return null;
  return `Sequence ${formatTableName(live)} was moved from ${saved.lastValue} to ${edge}, which the rows already use.`;
}

function toPosition(state: SequenceState): Position {
  return { lastValue: BigInt(state.lastValue), isCalled: state.isCalled };
}

function nextValue(step: bigint, position: Position): bigint {
  return position.isCalled ? position.lastValue + step : position.lastValue;
}

function furthest(step: bigint, a: Position, b: Position): Position {
  return isBeyond(step, nextValue(step, b), nextValue(step, a)) ? b : a;
}

/** Whether a counter with this step that would give `next` has `value` still before it, or gives it next. */
function isBeyond(step: bigint, value: bigint, next: bigint): boolean {
  return step > 0n ? value >= next : value <= next;
}

function clamp(position: Position, live: PostgresSequence): Position {
  const min = BigInt(live.minValue);
  const max = BigInt(live.maxValue);
  if (position.lastValue < min) return { lastValue: min, isCalled: false };
  return position.lastValue > max ? { lastValue: max, isCalled: true } : position;
}

/** The value furthest along that the sequence's columns hold within its bounds; null where there is none. */
async function findEdge(
  connection: PostgresConnection,
  catalogue: PostgresCatalogue,
  live: PostgresSequence,
): Promise<bigint | null> {
  const pick = live.increment.startsWith('-') ? 'min' : 'max';
  let edge: bigint | null = null;
  for (const feed of live.allFeeds) {
    const table = findTable(catalogue, feed.table);
    const column = table?.columns.find((one) => one.name === feed.column);
    if (table === undefined || column === undefined || !isWholeNumber(column.type, column.encoding)) continue;
    const name = quoteIdentifier(feed.column);
    const [row] = await connection.query<{ edge: string | null }>(
      `SELECT ${pick}(${name})::text AS edge FROM ${fromClause(table.root, [feed.column])}
       WHERE ${name} BETWEEN ${live.minValue} AND ${live.maxValue}`,
    );
    const found = row?.edge == null ? null : BigInt(row.edge);
    if (found === null) continue;
    if (edge === null || isBeyond(BigInt(live.increment), found, edge)) edge = found;
  }
  return edge;
}

function isWholeNumber(type: string, encoding: string): boolean {
  return encoding === 'integer' || type === 'bigint';
}
