import Database from 'better-sqlite3';
import pg from 'pg';
import type { DatabaseTarget } from '../../../src/ports/database.ts';
import type { Provider } from '../../../src/snapshot/table.ts';
import { connectMysql } from '../mysql.ts';

/** Whether another connection of the application can change a row without waiting for more than a moment. */
export async function canWrite({ provider, url }: DatabaseTarget, statement: string): Promise<boolean> {
  try {
    await writers[provider](url, statement);
    return true;
  } catch (error) {
    const { code, errno } = error as { code?: unknown; errno?: unknown };
    if (/SQLITE_BUSY|55P03|1205/.test(`${code} ${errno}`)) return false;
    throw error;
  }
}

type Write = (url: string, statement: string) => Promise<void>;

const writers: Readonly<Record<Provider, Write>> = {
  async sqlite(url, statement) {
    const database = new Database(url.slice('file:'.length), { timeout: 200 });
    try {
      database.exec(statement);
    } finally {
      database.close();
    }
  },
  async postgresql(url, statement) {
    const client = new pg.Client(url);
    await client.connect();
    await client.query("SET lock_timeout = '200ms'");
    await client.query(statement).finally(() => client.end());
  },
  async mysql(url, statement) {
    const connection = await connectMysql(url);
    await connection.query('SET lock_wait_timeout = 1, innodb_lock_wait_timeout = 1');
    await connection.query(statement).finally(() => connection.end());
  },
};
