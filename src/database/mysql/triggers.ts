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
}

/** The triggers of the database's tables, in the order in which they can be created again. */
export async function readTriggers(session: Session): Promise<TriggerRow[]> {
  const rows = await session.query(
    `SELECT TRIGGER_NAME, EVENT_OBJECT_TABLE, CONCAT(ACTION_TIMING, ' ', EVENT_MANIPULATION), ACTION_ORDER, DEFINER
     FROM information_schema.TRIGGERS WHERE ${inDatabase('TRIGGER_SCHEMA')}`,
  );
  return rows
    .map(([name, table, moment, position, definer]) => ({
      name: name!,
      table: table!,
      moment: moment!,
      position: Number(position),
      definer: definer!,
    }))
    .sort((a, b) => {
      if (isSameMoment(a, b)) return a.position - b.position;
      return `${a.table}\0${a.moment}` < `${b.table}\0${b.moment}` ? -1 : 1;
    });
}

export function isSameMoment(a: TriggerRow, b: TriggerRow): boolean {
  return a.table === b.table && a.moment === b.moment;
}
