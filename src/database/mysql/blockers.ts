import type { Session } from './session.ts';

const maxNamed = 3;

/**
 * Who may hold the lock that was not given: other connections of this database, those with an open transaction first.
 * Without the PROCESS right only the account's own connections can be seen. Best effort: a server that refuses the
 * question leaves the answer empty.
 */
export async function describeBlockers(session: Session): Promise<string | null> {
  const rows = await readProcesses(session).catch(() => []);
  const named = rows.slice(0, maxNamed).map(([id, user, host, command, time, sinceSeconds]) => {
    const transaction = sinceSeconds === null ? '' : `, in a transaction for ${sinceSeconds} s`;
    return `connection ${id} (${user} from ${host}, ${command} for ${time} s${transaction})`;
  });
  return named.length === 0 ? null : named.join(' or ');
}

async function readProcesses(session: Session): Promise<readonly (readonly (string | null)[])[]> {
  const processes = `FROM information_schema.PROCESSLIST AS p`;
  const others = `WHERE p.ID <> CONNECTION_ID() AND p.DB = DATABASE()`;
  const who = `p.ID, p.USER, p.HOST, p.COMMAND, p.TIME`;
  try {
    return await session.query(
      `SELECT ${who}, TIMESTAMPDIFF(SECOND, t.trx_started, NOW()) ${processes}
       LEFT JOIN information_schema.INNODB_TRX AS t ON t.trx_mysql_thread_id = p.ID ${others}
       ORDER BY t.trx_started IS NULL, p.TIME DESC`,
    );
  } catch {
    // Transactions may be asked for with the PROCESS right only.
    return session.query(`SELECT ${who}, NULL ${processes} ${others} ORDER BY p.TIME DESC`);
  }
}
