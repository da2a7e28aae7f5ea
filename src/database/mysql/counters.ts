import { AppError, describeError } from '../../errors.ts';
import type { SequenceState } from '../../snapshot/table.ts';
import { attempt } from './failure.ts';
import { inDatabase } from './information-schema.ts';
import { quoteName, quoteText } from './quote.ts';
import type { Session } from './session.ts';
import { findTable, type MysqlTable } from './table.ts';

const maxCounter = 2n ** 64n - 1n;

/** The next id that a table is to give out. */
export interface Counter {
  readonly table: string;
  readonly next: bigint;
}

export interface CounterRequest {
  readonly sequences: readonly SequenceState[];
  readonly atLeastCurrent: boolean;
}

/** What each counter will be set to after the commit, and sentences about those that must be higher than saved. */
export async function planCounters(
  session: Session,
  tables: ReadonlyMap<string, MysqlTable>,
  { sequences, atLeastCurrent }: CounterRequest,
): Promise<{ readonly counters: readonly Counter[]; readonly notes: readonly string[] }> {
  const counters: Counter[] = [];
  const notes: string[] = [];
  for (const sequence of sequences) {
    const saved = parseCounter(sequence);
    const live = findTable(tables, sequence.feeds?.table ?? sequence);
    const column = live?.columns.find((candidate) => candidate.isAutoIncrement)?.definition.name;
    if (live === undefined || column === undefined) {
      notes.push(`Table ${sequence.name} generates no ids in this database; its saved counter is not used`);
      continue;
    }
    const free = await readFirstFree(session, live.definition.name, column);
    const current = atLeastCurrent ? await readCounter(session, live.definition.name) : 0n;
    const next = [saved, free, current].reduce((a, b) => (a > b ? a : b));
    if (free > saved) {
      notes.push(
        `The next id of ${live.definition.name} is ${next} instead of ${saved}: higher ids are in use`,
      );
    }
    counters.push({ table: live.definition.name, next });
  }
  return { counters, notes };
}

/**
 * Sets the counters, which is no part of a transaction; sentences about those that could not be set. A counter that
 * stays higher than wanted gives out free ids all the same, so this is no reason to fail.
 */
export async function setCounters(session: Session, counters: readonly Counter[]): Promise<string[]> {
  const notes: string[] = [];
  for (const { table, next } of counters) {
    try {
      if ((await readCounter(session, table)) === next) continue;
      await session.run(`ALTER TABLE ${quoteName(table)} AUTO_INCREMENT = ${next}`);
    } catch (error) {
      if (!session.isOpen) throw error;
      notes.push(
        `The next id of ${table} could not be set to ${next}, it is higher: ${describeError(error)}`,
      );
    }
  }
  return notes;
}

function parseCounter({ name, lastValue, isCalled }: SequenceState): bigint {
  if (!/^\d{1,20}$/.test(lastValue)) {
    throw new AppError('SNAPSHOT.CONTENT', `The counter of ${name} is not a number`);
  }
  return BigInt(lastValue) + (isCalled ? 1n : 0n);
}

async function readFirstFree(session: Session, table: string, column: string): Promise<bigint> {
  const what = `Cannot read the highest id of ${table}`;
  const [row] = await attempt({ what, otherwise: 'DATABASE.READ' }, () =>
    session.query(`SELECT MAX(${quoteName(column)}) FROM ${quoteName(table)}`),
  );
  const highest = row?.[0] ?? null;
  if (highest === null || !/^\d+$/.test(highest)) return 1n;
  const free = BigInt(highest) + 1n;
  return free > maxCounter ? maxCounter : free;
}

async function readCounter(session: Session, table: string): Promise<bigint> {
  const [row] = await session.query(
    `SELECT AUTO_INCREMENT FROM information_schema.TABLES
     WHERE ${inDatabase('TABLE_SCHEMA')} AND TABLE_NAME = ${quoteText(table)}`,
  );
  return BigInt(row?.[0] ?? '1');
}
