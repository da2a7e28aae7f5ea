import type { MysqlRig } from '../rigs/mysql-rig.ts';
import type { PostgresRig } from '../rigs/postgres-rig.ts';
import type { Written } from './kill-point.ts';

/** Asks the server, over another connection, what the restore's transaction has written so far. */
export type Observe = () => Promise<Written>;

interface PostgresState {
  readonly query: string;
  readonly hasXid: boolean;
  readonly copied: number | null;
  readonly table: string | null;
}

/**
 * PostgreSQL says itself how many rows a running COPY has put into its table (`pg_stat_progress_copy`), and whether
 * the transaction has written at all: only then does it get a number (`backend_xid`).
 */
export function observePostgres(rig: PostgresRig, counts: Readonly<Record<string, number>>): Observe {
  const sql = `SELECT a.query, a.backend_xid IS NOT NULL AS "hasXid", p.tuples_processed::int AS copied,
      p.relid::regclass::text AS table
    FROM pg_stat_activity a LEFT JOIN pg_stat_progress_copy p ON p.pid = a.pid AND p.command = 'COPY FROM'
    WHERE a.datname = $1 AND a.application_name = 'holdfast' ORDER BY a.backend_xid IS NULL LIMIT 1`;
  return async () => {
    const { rows } = await rig.superuser.query<PostgresState>(sql, [rig.database]);
    const state = rows[0];
    if (state === undefined) return { rows: 0, isFirstWriteDone: false, evidence: 'its session has ended' };
    // Tables are restored by name; those before the one that runs are complete.
    const names = Object.keys(counts).sort();
    const finished = state.table === null ? [] : names.slice(0, names.indexOf(state.table));
    const copied = finished.reduce((sum, name) => sum + counts[name]!, state.copied ?? 0);
    const isAllIn =
      state.hasXid &&
      state.table === null &&
      !/LOCK|TRUNCATE|^ALTER TABLE .* (DROP|DISABLE)/.test(state.query);
    return {
      rows: isAllIn ? names.reduce((sum, name) => sum + counts[name]!, 0) : copied,
      isFirstWriteDone: state.hasXid,
      evidence: `${state.hasXid ? 'has an xid' : 'no xid'}; ${state.query.replace(/\s+/g, ' ').slice(0, 50)}`,
    };
  };
}

/** InnoDB says how many rows a transaction has changed so far; the first of those are the deletions. */
export function observeMysql(rig: MysqlRig, rowsBefore: number): Observe {
  const sql = `SELECT t.trx_rows_modified AS modified
    FROM information_schema.INNODB_TRX t JOIN information_schema.PROCESSLIST p ON p.ID = t.trx_mysql_thread_id
    WHERE p.USER = ? AND p.ID <> ? ORDER BY t.trx_rows_modified DESC LIMIT 1`;
  return async () => {
    const states: { modified: string }[] = await rig.administrator.query(sql, [rig.database, rig.ownerId]);
    const modified = Number(states[0]?.modified ?? 0);
    return {
      rows: Math.max(0, modified - rowsBefore),
      isFirstWriteDone: modified > 0,
      evidence: states.length === 0 ? 'no open transaction' : `InnoDB: ${modified} rows modified`,
    };
  };
}
