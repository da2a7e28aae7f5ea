import { createHash } from 'node:crypto';
import { AppError } from '../../errors.ts';
import { quoteText } from './quote.ts';
import type { Session } from './session.ts';

/** A restore that has just died is noticed by the server within moments. */
const waitSeconds = 2;

/**
 * Takes the lock that keeps two restores of one database apart. The server frees it when the connection ends.
 *
 * @throws AppError RUN.LOCKED when another connection has it
 */
export async function takeRunLock(session: Session, database: string): Promise<void> {
  const name = lockName(database);
  const [row] = await session.query(`SELECT GET_LOCK(${name}, ${waitSeconds}), IS_USED_LOCK(${name})`);
  if (row?.[0] === '1') return;
  throw new AppError('RUN.LOCKED', `Cannot restore database ${database}: another restore of it is running`, {
    hint: `Wait until connection ${row?.[1] ?? 'unknown'} of the database server has ended, then run the command again`,
  });
}

/** Frees the lock at once; the server takes its time to notice that a connection has ended. */
export async function releaseRunLock(session: Session, database: string): Promise<void> {
  await session.run(`DO RELEASE_LOCK(${lockName(database)})`);
}

/** Names of such locks are at most 64 characters long, and ignore case. */
function lockName(database: string): string {
  const digest = createHash('sha256').update(database).digest('hex').slice(0, 40);
  return quoteText(`holdfast.${digest}`);
}
