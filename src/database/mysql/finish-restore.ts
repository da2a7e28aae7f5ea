import type { DatabaseIdentity, RestoreJournal } from '../../ports/database.ts';
import { attempt } from './failure.ts';
import { dropCreatedTables, putTriggersBack } from './journal.ts';
import type { ReadySession } from './ready-session.ts';
import { releaseRunLock, takeRunLock } from './run-lock.ts';

/** Finishes a restore that died: its triggers are created again, its tables dropped if it did not commit. */
export async function finishRestore(
  { session }: ReadySession,
  journal: RestoreJournal,
  identity: DatabaseIdentity,
): Promise<void> {
  const what = `Cannot finish the interrupted restore of database ${identity.name}`;
  await attempt({ what, otherwise: 'RESTORE.UNFINISHED' }, async () => {
    await takeRunLock(session, identity.name);
    await putTriggersBack(session, journal.statements);
    await dropCreatedTables(session, journal.statements);
    await releaseRunLock(session, identity.name);
  });
}
