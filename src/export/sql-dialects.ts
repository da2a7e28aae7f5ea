import { AppError } from '../errors.ts';
import type { SnapshotHeader } from '../snapshot/header.ts';
import { mariadbSql, mysqlSql } from './mysql-sql.ts';
import { postgresSql } from './postgres-sql.ts';
import type { DialectName, SqlDialect } from './sql-dialect.ts';
import { sqliteSql } from './sqlite-sql.ts';

const dialects: Readonly<Record<DialectName, SqlDialect>> = {
  postgresql: postgresSql,
  mysql: mysqlSql,
  mariadb: mariadbSql,
  sqlite: sqliteSql,
};

export const dialectNames = Object.keys(dialects) as readonly DialectName[];

/**
 * The language to write a snapshot in.
 *
 * @throws AppError EXPORT.DIALECT for the language of another kind of database than the snapshot's
 */
export function chooseDialect(
  { provider, serverVersion, name }: SnapshotHeader,
  asked: DialectName | null,
): SqlDialect {
  const own = Object.values(dialects).find((one) => one.provider === provider && one.isOf(serverVersion))!;
  const chosen = asked === null ? own : dialects[asked];
  if (chosen.provider === provider) return chosen;
  throw new AppError(
    'EXPORT.DIALECT',
    `Cannot write ${name} as SQL for ${chosen.name}: it is of a ${own.name} database, whose tables are stated in its own language`,
    {
      hint: `Leave --dialect out for SQL that loads into ${own.name}; for the rows alone, in a form that every database loads: holdfast export ${name} --format csv`,
    },
  );
}
