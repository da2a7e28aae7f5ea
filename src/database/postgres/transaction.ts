import type { PostgresConnection } from './connection.ts';
import { quoteLiteral } from './quoting.ts';

/** The first version that knows `transaction_timeout`. */
const transactionTimeoutVersion = 170_000;

/** What decides the text form of values, and what could cut a long transaction short. */
const settings: Readonly<Record<string, string>> = {
  client_encoding: 'UTF8',
  TimeZone: 'UTC',
  DateStyle: 'ISO, YMD',
  IntervalStyle: 'postgres',
  extra_float_digits: '3',
  bytea_output: 'hex',
  lc_monetary: 'C',
  xmloption: 'content',
  array_nulls: 'on',
  standard_conforming_strings: 'on',
  search_path: '',
  row_security: 'off',
  synchronize_seqscans: 'off',
  // Two reads of one table in one transaction have to give the same order: rows are known by their position.
  enable_indexonlyscan: 'off',
  max_parallel_workers_per_gather: '0',
  synchronous_commit: 'on',
  jit: 'off',
  statement_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  // Without these a server whose client's machine died keeps the locks for two hours.
  tcp_keepalives_idle: '30',
  tcp_keepalives_interval: '10',
  tcp_keepalives_count: '3',
};

/**
 * Begins a transaction whose values read and write exactly, whatever the role, the database and the server are set
 * to; all settings end with it.
 */
export async function beginTransaction(connection: PostgresConnection, mode: string): Promise<void> {
  const all: Record<string, string> = {
    ...settings,
    lock_timeout: String(Math.max(1, connection.lockTimeoutMs)),
  };
  if (connection.serverVersion >= transactionTimeoutVersion) all['transaction_timeout'] = '0';
  // No SELECT among them: the first one fixes the instant that REPEATABLE READ sees, and locks have to come before.
  const sets = Object.entries(all).map(([name, value]) => `SET LOCAL ${name} = ${quoteLiteral(value)}`);
  await connection.query([`BEGIN ISOLATION LEVEL ${mode}`, ...sets].join('; '));
}

/** Takes the transaction back; a connection that is lost has done so by itself. */
export async function rollBack(connection: PostgresConnection): Promise<void> {
  if (connection.isLost) return;
  try {
    await connection.query('ROLLBACK');
  } catch (error) {
    if (!connection.isLost) throw error;
  }
}
