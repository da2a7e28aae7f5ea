import { inDatabase } from './information-schema.ts';
import type { Session } from './session.ts';

/** A trigger as information_schema.TRIGGERS names it. */
export interface TriggerRow {
  readonly name: string;
  readonly table: string;
  /** `BEFORE INSERT` and the like; triggers of a table with the same moment run in the order of `position`. */
  readonly moment: string;
  readonly position: number;
  readonly definer: string;
  /** Body, SQL mode, character set and collations, to tell whether two readings are of the same trigger. */
  readonly rest: string;
}

/** The triggers of the database's tables, in the order in which they can be created again. */
export async function readTriggers(session: Session): Promise<TriggerRow[]> {
  const rows = await session.query(
    `SELECT TRIGGER_NAME, EVENT_OBJECT_TABLE, CONCAT(ACTION_TIMING, ' ', EVENT_MANIPULATION), ACTION_ORDER, DEFINER,
       ACTION_STATEMENT, SQL_MODE, CHARACTER_SET_CLIENT, COLLATION_CONNECTION, DATABASE_COLLATION
     FROM information_schema.TRIGGERS WHERE ${inDatabase('TRIGGER_SCHEMA')}`,
  );
  return rows
    .map(([name, table, moment, position, definer, ...rest]) => ({
      name: name!,
      table: table!,
      moment: moment!,
      position: Number(position),
      definer: definer!,
      rest: JSON.stringify(rest),
    }))
    .sort((a, b) => {
      if (isSameMoment(a, b)) return a.position - b.position;
      return `${a.table}\0${a.moment}` < `${b.table}\0${b.moment}` ? -1 : 1;
    });
}

export function isSameMoment(a: TriggerRow, b: TriggerRow): boolean {
  return a.table === b.table && a.moment === b.moment;
}

/** Sentences about triggers that are no longer what they were. */
export function describeChangedTriggers(
  before: readonly TriggerRow[],
  after: readonly TriggerRow[],
): string[] {
  const present = new Map(after.map((trigger) => [trigger.name, JSON.stringify(trigger)]));
  return before
    .filter((trigger) => present.get(trigger.name) !== JSON.stringify(trigger))
    .map(
      ({ name, table }) =>
        `Trigger ${name} of ${table} was created again, but is not in every respect as it was: compare SHOW CREATE TRIGGER with an earlier one`,
    );
}
