import { AppError } from '../../errors.ts';
import { quoteTexts } from './quote.ts';
import type { Session } from './session.ts';

/** What the engine needs to know of a server. */
export interface ServerFacts {
  readonly version: string;
  /** The longest statement that the server takes. */
  readonly maxAllowedPacket: number;
}

/** Strict, and with every value that a column can hold allowed; quoting rules that hide behind a mode are off. */
export const strictMode = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES';
/** The same without strictness, for the invalid value of an enumeration, which strictness refuses. */
export const lenientMode = 'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES';

const daySeconds = '86400';

/**
 * Session variables that decide what is read and written, pinned against what server and account prefer. Those that a
 * server does not have are left alone: the `max_execution_time`, `information_schema_stats_expiry` and
 * `show_create_table…` ones are MySQL's, by its manual; the `idle…`, `check_constraint_checks` and `system_versioning…`
 * family MariaDB's.
 */
const pinned: Readonly<Record<string, string>> = {
  sql_mode: `'${strictMode}'`,
  time_zone: `'+00:00'`,
  autocommit: '1',
  foreign_key_checks: '0',
  unique_checks: '1',
  check_constraint_checks: '0',
  sql_quote_show_create: '1',
  sql_select_limit: '18446744073709551615',
  sql_big_selects: '1',
  sql_safe_updates: '0',
  sql_auto_is_null: '0',
  sql_notes: '1',
  max_error_count: '65535',
  completion_type: '0',
  information_schema_stats_expiry: '0',
  show_create_table_skip_secondary_engine: '0',
  system_versioning_asof: 'DEFAULT',
  max_statement_time: '0',
  max_execution_time: '0',
  idle_transaction_timeout: '0',
  idle_readonly_transaction_timeout: '0',
  idle_write_transaction_timeout: '0',
  wait_timeout: daySeconds,
  net_write_timeout: daySeconds,
  net_read_timeout: daySeconds,
};

/** Pins everything that decides how values are read and written, and how long locks are waited for. */
export async function prepareSession(session: Session, lockTimeoutMs: number): Promise<ServerFacts> {
  // Text comes as it is stored: a conversion could change it, or fail on a long value.
  await session.run('SET NAMES utf8mb4');
  await session.run('SET SESSION character_set_results = NULL');
  const existing = await session.query(
    `SHOW SESSION VARIABLES WHERE Variable_name IN (${quoteTexts(Object.keys(pinned))})`,
  );
  const assignments = existing.map(([name]) => `SESSION ${name} = ${pinned[name!]}`);
  await session.run(`SET ${assignments.join(', ')}`);
  const seconds = Math.max(1, Math.ceil(lockTimeoutMs / 1000));
  await session.run(
    `SET SESSION lock_wait_timeout = ${seconds}, SESSION innodb_lock_wait_timeout = ${seconds}`,
  );
  return readFacts(session);
}

async function readFacts(session: Session): Promise<ServerFacts> {
  const [row] = await session.query('SELECT VERSION(), @@max_allowed_packet, @@session.sql_mode');
  const version = row?.[0] ?? '';
  const modes = (row?.[2] ?? '').split(',').sort().join(',');
  if (modes !== strictMode.split(',').sort().join(',')) {
    throw new AppError(
      'DATABASE.UNSUPPORTED',
      `Cannot use the server ${version}: it does not take the SQL mode ${strictMode}`,
    );
  }
  return { version: describeVersion(version), maxAllowedPacket: Number(row?.[1]) };
}

function describeVersion(version: string): string {
  return /mariadb/i.test(version) ? `MariaDB ${version.replace(/-MariaDB.*$/i, '')}` : `MySQL ${version}`;
}
