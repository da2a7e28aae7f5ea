import type { Catalogue, Database, DatabaseSnapshot, Ports } from '../../../src/ports.ts';
import type { RowSource } from '../../../src/snapshot/rows.ts';
import type { TableDefinition } from '../../../src/snapshot/table.ts';

export interface Spoiling {
  /** What the operation is told of the database in place of the truth. */
  readonly catalogue?: (catalogue: Catalogue) => Catalogue;
  /** Runs before a table is read. */
  readonly beforeRows?: (table: TableDefinition) => Promise<void>;
  /** Runs when the one instant of the database is over. */
  readonly afterSnapshot?: () => Promise<void>;
}

/** The same ports, but for what happens around the reading of a database at one instant. */
export function spoilReading(ports: Ports, spoiling: Spoiling): Ports {
  const { engines } = ports;
  return {
    ...ports,
    engines: {
      identify: (target) => engines.identify(target),
      copyRaw: (target, folder, baseName) => engines.copyRaw(target, folder, baseName),
      open: async (target, options) => spoilDatabase(await engines.open(target, options), spoiling),
    },
  };
}

function spoilDatabase(database: Database, spoiling: Spoiling): Database {
  return {
    identity: database.identity,
    confirmName: database.confirmName,
    openSnapshot: async (scope) => spoilSnapshot(await database.openSnapshot(scope), spoiling),
    openRestore: (request) => database.openRestore(request),
    finishRestore: (journal) => database.finishRestore(journal),
    close: () => database.close(),
  };
}

function spoilSnapshot(snapshot: DatabaseSnapshot, spoiling: Spoiling): DatabaseSnapshot {
  const { catalogue = (one) => one, beforeRows = async () => {}, afterSnapshot = async () => {} } = spoiling;
  return {
    catalogue: catalogue(snapshot.catalogue),
    rows: (table, options) => after(beforeRows(table), () => snapshot.rows(table, options)),
    async close() {
      await snapshot.close();
      await afterSnapshot();
    },
  };
}

async function* after(first: Promise<void>, rows: () => RowSource): RowSource {
  await first;
  yield* rows();
}
