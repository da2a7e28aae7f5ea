import type { LeftOut } from '../../snapshot/table.ts';
import { inDatabase } from './information-schema.ts';
import type { Session } from './session.ts';
import type { TriggerRow } from './triggers.ts';

const staysReason = 'it stays in the database; a snapshot holds the rows of tables';

interface Found {
  readonly triggers: readonly TriggerRow[];
  readonly versionedTables: readonly string[];
}

/** What the database holds besides tables. A server without events, routines or sequences simply has none to name. */
export async function readLeftOut(session: Session, found: Found): Promise<LeftOut[]> {
  const objects = await session.query(
    `SELECT TABLE_TYPE, TABLE_NAME FROM information_schema.TABLES
       WHERE ${inDatabase('TABLE_SCHEMA')} AND TABLE_TYPE IN ('VIEW', 'SEQUENCE')
     UNION ALL SELECT ROUTINE_TYPE, ROUTINE_NAME FROM information_schema.ROUTINES
       WHERE ${inDatabase('ROUTINE_SCHEMA')}
     UNION ALL SELECT 'EVENT', EVENT_NAME FROM information_schema.EVENTS WHERE ${inDatabase('EVENT_SCHEMA')}`,
  );
  const leftOut = [
    ...objects.map(([kind, name]) => ({ kind: kind!.toLowerCase(), name: name!, reason: staysReason })),
    ...found.triggers.map(({ name }) => ({ kind: 'trigger', name, reason: staysReason })),
    ...found.versionedTables.map((name) => ({
      kind: 'history',
      name,
      reason:
        'only the current rows of a system-versioned table are read; the server alone can write older ones',
    })),
  ];
  return leftOut.sort((a, b) => (order(a) < order(b) ? -1 : 1));
}

function order(item: LeftOut): string {
  return `${item.kind}\0${item.name}`;
}
