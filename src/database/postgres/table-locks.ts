import { AppError } from '../../errors.ts';
import type { PostgresConnection } from './connection.ts';
import { sqlState, toAppError } from './database-errors.ts';
import { quoteTable } from './quoting.ts';
import type { Relation } from './relations.ts';

/** How many tables one LOCK names; a statement of thousands of names costs the server memory for nothing. */
const batchSize = 500;
const lockNotAvailable = '55P03';
const deadlockDetected = '40P01';
const maxQueryLength = 200;

/** The lock modes that Holdfast takes, with those that keep it waiting. */
const conflicts = {
  'ACCESS SHARE': ['AccessExclusiveLock'],
  'ACCESS EXCLUSIVE': [
    'AccessShareLock',
    'RowShareLock',
    'RowExclusiveLock',
    'ShareUpdateExclusiveLock',
    'ShareLock',
    'ShareRowExclusiveLock',
    'ExclusiveLock',
    'AccessExclusiveLock',
  ],
} as const;

export type LockMode = keyof typeof conflicts;

/** SQL for the table by itself, or with its partitions, which then need no rights of their own. */
export function lockName(table: Relation): string {
  return table.kind === 'partitioned' ? quoteTable(table) : `ONLY ${quoteTable(table)}`;
}

/** Locks the tables in the transaction that is open. Errors are the server's own. */
export async function lockTables(
  connection: PostgresConnection,
  names: readonly string[],
  mode: LockMode,
): Promise<void> {
  for (let at = 0; at < names.length; at += batchSize) {
    await connection.query(`LOCK TABLE ${names.slice(at, at + batchSize).join(', ')} IN ${mode} MODE`);
  }
}

/**
 * What a failed lock is to the operator. The transaction has been rolled back by then, and the connection asks who
 * still holds what was wanted.
 */
export async function explainLockFailure(
  connection: PostgresConnection,
  error: unknown,
  wanted: { readonly oids: readonly number[]; readonly mode: LockMode },
): Promise<AppError> {
  const state = sqlState(error);
  if (state !== lockNotAvailable && state !== deadlockDetected) {
    return toAppError(error, 'Cannot lock the tables', 'DATABASE.READ');
  }
  const holders = await findHolders(connection, wanted.oids, wanted.mode);
  const seconds = connection.lockTimeoutMs / 1000;
  const why = state === deadlockDetected ? 'a deadlock with another session' : `no lock within ${seconds} s`;
  const who = holders.length === 0 ? 'The session that held it has ended meanwhile.' : holders.join(' ');
  return new AppError('DATABASE.LOCKED', `Cannot lock the tables: ${why}`, {
    hint: `${who} Wait for it or end it, or give a longer --lock-timeout.`,
    cause: error,
  });
}

interface HolderRow {
  readonly pid: number;
  readonly user: string | null;
  readonly application: string | null;
  readonly state: string | null;
  readonly query: string | null;
  readonly tables: string;
  readonly granted: boolean;
}

async function findHolders(
  connection: PostgresConnection,
  oids: readonly number[],
  mode: LockMode,
): Promise<readonly string[]> {
  const rows = await connection.query<HolderRow>(
    `SELECT l.pid, a.usename AS user, a.application_name AS application, a.state, a.query,
       string_agg(DISTINCT l.relation::regclass::text, ', ') AS tables, bool_or(l.granted) AS granted
     FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
     WHERE l.locktype = 'relation' AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
       AND l.relation = ANY ($1::oid[]) AND l.mode = ANY ($2::text[]) AND l.pid <> pg_backend_pid()
     GROUP BY 1, 2, 3, 4, 5 ORDER BY 7 DESC, 1 LIMIT 3`,
    [oids, conflicts[mode]],
  );
  return rows.map(describeHolder);
}

function describeHolder(row: HolderRow): string {
  const details = [
    `user ${row.user ?? 'unknown'}`,
    ...(row.application ? [`application ${row.application}`] : []),
    ...(row.state ? [row.state] : []),
  ];
  // Other roles' queries are shown to superusers and members of pg_read_all_stats only.
  const isHidden = row.query === null || row.query === '' || row.query === '<insufficient privilege>';
  const query = isHidden
    ? ''
    : `; its last query: ${row.query!.replace(/\s+/g, ' ').slice(0, maxQueryLength)}`;
  return `Session ${row.pid} (${details.join(', ')}) ${row.granted ? 'holds' : 'waits for'} a lock on ${row.tables}${query}.`;
}
