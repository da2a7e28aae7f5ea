import type { Engine, EngineName } from './engine.ts';
import { createMysql } from './mysql.ts';
import { createPostgres } from './postgres.ts';
import { createSqlite } from './sqlite.ts';

/** The servers are those that the tests use; SQLite's files are in the folder. */
export function openEngines(folder: string): Readonly<Record<EngineName, Engine>> {
  const { env } = process;
  return {
    postgres: createPostgres(
      env['HOLDFAST_TEST_POSTGRES_URL'] ?? 'postgresql://postgres@127.0.0.1:5432/postgres',
    ),
    sqlite: createSqlite(folder),
    mysql: createMysql(env['HOLDFAST_TEST_MYSQL_URL'] ?? 'mysql://root@127.0.0.1:3306/'),
  };
}
