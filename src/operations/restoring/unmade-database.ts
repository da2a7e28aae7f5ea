import path from 'node:path';
import { InternalError } from '../../errors.ts';
import type { Catalogue, Database, DatabaseIdentity } from '../../ports/database.ts';

const nothing: Catalogue = {
  serverVersion: '',
  tables: [],
  foreignKeys: [],
  sequences: [],
  leftOut: [],
  definition: [],
  blockingTriggers: [],
  warnings: [],
  estimatedBytes: 0,
};

/** Stands for a database file that only the real run would make, so that a dry run makes none. */
export function unmadeDatabase(identity: DatabaseIdentity): Database {
  const never = async (): Promise<never> => {
    throw new InternalError(`a dry run would have changed ${identity.name}`);
  };
  return {
    identity,
    confirmName: path.basename(identity.name),
    async openSnapshot() {
      return { catalogue: nothing, rows: async function* () {}, check: never, async close() {} };
    },
    openRestore: never,
    examineAccess: never,
    tryNextIds: never,
    finishRestore: never,
    async close() {},
  };
}
