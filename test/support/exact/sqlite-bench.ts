import { mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import type { DatabaseTarget } from '../../../src/ports/database.ts';
import { digestSqlite, sqliteTarget } from '../sqlite.ts';
import type { Bench, Digest, ExactEngine, Side } from './bench.ts';
import { scratchRoot } from './scratch-root.ts';
import { type SqliteModel, sqliteModels } from './sqlite-model.ts';
import { renderSqlite } from './sqlite-script.ts';

export const exactSqlite: ExactEngine<SqliteModel> = {
  name: 'sqlite',
  batch: 1,
  models: sqliteModels,
  render: ([model]) => renderSqlite(model!),
  open: async () => new SqliteBench(),
};

class SqliteBench implements Bench {
  readonly #folder = mkdtempSync(path.join(scratchRoot, 'holdfast-exact-sqlite-'));

  async reset(side: Side): Promise<void> {
    for (const ending of ['', '-wal', '-shm', '-journal']) rmSync(this.#file(side) + ending, { force: true });
  }

  async run(side: Side, statements: readonly string[], { isTolerant = false } = {}): Promise<void> {
    const database = new Database(this.#file(side));
    try {
      database.pragma('foreign_keys = OFF');
      database.pragma('synchronous = OFF');
      for (const statement of statements) runOne(database, statement, isTolerant);
    } finally {
      database.close();
    }
  }

  target(side: Side): DatabaseTarget {
    return sqliteTarget(this.#file(side));
  }

  confirmName(side: Side): string {
    return path.basename(this.#file(side));
  }

  async digest(side: Side): Promise<Digest> {
    return digestSqlite(this.#file(side));
  }

  async close(): Promise<void> {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #file(side: Side): string {
    return path.join(this.#folder, `${side}.db`);
  }
}

function runOne(database: Database.Database, statement: string, isTolerant: boolean): void {
  try {
    database.exec(statement);
  } catch (error) {
    if (isTolerant) return;
    throw new Error(`${error instanceof Error ? error.message : error}, in: ${statement}`, { cause: error });
  }
}
