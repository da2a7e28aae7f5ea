import type { SchemaStatement } from '../../snapshot/table.ts';
import { dropCreatedTables, putTriggersBack } from './journal.ts';
import type { RestoreEnvironment } from './ready-session.ts';
import { releaseRunLock, takeRunLock } from './run-lock.ts';

/**
 * Puts right what a restore whose connection is lost had prepared, by another connection: rows and locks the server
 * takes back for itself, triggers and tables it leaves. After a commit the tables stay.
 */
export async function takeBackElsewhere(
  { connect, identity }: RestoreEnvironment,
  { journal, isCommitted }: { readonly journal: readonly SchemaStatement[]; readonly isCommitted: boolean },
): Promise<void> {
  const { session } = await connect({ ignoresAbort: true });
  try {
    await takeRunLock(session, identity.name);
    await putTriggersBack(session, journal);
    if (!isCommitted) await dropCreatedTables(session, journal);
    await releaseRunLock(session, identity.name);
  } finally {
    session.close();
  }
}
