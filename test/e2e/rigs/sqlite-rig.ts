import path from 'node:path';
import Database from 'better-sqlite3';
import { runCli } from '../../support/cli.ts';
import { digestSqlite, makeTempFolder } from '../../support/sqlite.ts';
import type { Rig } from './rig.ts';

/** A database file, by default in SQLite's own journal mode. */
export function openSqliteRig({
  wal = false,
  folder = makeTempFolder(),
}: {
  readonly wal?: boolean;
  /** The application's folder, where it is not any new one. */
  readonly folder?: string;
} = {}): Rig & { readonly file: string } {
  const file = path.join(folder, 'app.db');
  const url = `file:${file}`;
  const env = { DATABASE_URL: url };
  const open = (): Database.Database => new Database(file, { timeout: 10_000 });
  const withDatabase = <T>(work: (database: Database.Database) => T): T => {
    const database = open();
    try {
      return work(database);
    } finally {
      database.close();
    }
  };
  withDatabase((database) => database.pragma(`journal_mode = ${wal ? 'WAL' : 'DELETE'}`));
  return {
    ...{ engine: 'SQLite', folder, file, url, env, confirmName: 'app.db' },
    async execute(...statements) {
      withDatabase((database) => {
        database.pragma('synchronous = OFF');
        database.transaction(() => {
          for (const statement of statements) database.exec(statement);
        })();
      });
    },
    async ask(query) {
      return withDatabase((database) => String(database.prepare(query).pluck().get()));
    },
    async digest() {
      // A journal that a dead process has left is rolled back by whoever opens the file to write.
      const state = withDatabase((database) => database.pragma('integrity_check', { simple: true }));
      if (state !== 'ok') throw new Error(`the database file is damaged: ${String(state)}`);
      return digestSqlite(file);
    },
    async settle() {},
    run: (...argv) => runCli(argv, { cwd: folder, env }),
    async drop() {},
  };
}
