import type { Engine } from '../../ports/database.ts';
import { compileCheck } from '../check-sql.ts';
import { postgresDialect } from './check-dialect.ts';
import { PostgresConnection } from './connection.ts';
import { PostgresDatabase } from './database.ts';
import { identify } from './url.ts';

/** PostgreSQL 12 and later. */
export const postgresEngine: Engine = {
  provider: 'postgresql',
  identify,
  async open(target, options) {
    return new PostgresDatabase(await PostgresConnection.open(target, options));
  },
  /** The files of a server are not Holdfast's to copy. */
  async copyRaw() {
    return null;
  },
  describeCheck: (query) => `${compileCheck(query, postgresDialect).rows};`,
};
