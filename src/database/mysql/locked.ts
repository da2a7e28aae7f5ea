import { AppError } from '../../errors.ts';
import { describeBlockers } from './blockers.ts';
import { type Attempt, describeFailure } from './failure.ts';
import type { Session } from './session.ts';

/** The failure as an AppError; where a lock was not given in time, its hint names who may hold it. */
export async function describeLocked(session: Session, error: unknown, attempted: Attempt): Promise<unknown> {
  const described = describeFailure(error, attempted);
  if (!(described instanceof AppError) || described.code !== 'DATABASE.LOCKED') return described;
  const blockers = await describeBlockers(session);
  const who = blockers === null ? 'Another connection' : `Probably ${blockers}`;
  return new AppError('DATABASE.LOCKED', `${attempted.what}: another connection holds a lock on it`, {
    hint: `${who} holds it. Wait for it or end it, or give it more time with --lock-timeout`,
    cause: error,
  });
}
