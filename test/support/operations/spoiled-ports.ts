import type { BackupFolder } from '../../../src/ports/backup-folder.ts';
import type { Catalogue, Database, DatabaseSnapshot, Engines } from '../../../src/ports/database.ts';
import type { Ports } from '../../../src/ports/ports.ts';
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
  return spoilDatabase(ports, (database) => ({
    openSnapshot: async (scope) => spoilSnapshot(await database.openSnapshot(scope), spoiling),
  }));
}

export interface Interference {
  /** Runs when the transaction of a restore has its locks. */
  readonly afterLocks?: () => Promise<void>;
  /** Runs when it has written everything, counters too, and has not yet committed. */
  readonly afterSequences?: () => Promise<void>;
}

/** The same ports, but for what happens in the middle of a restore. */
export function interfere(ports: Ports, { afterLocks, afterSequences }: Interference): Ports {
  return spoilDatabase(ports, (database) => ({
    async openRestore(request) {
      const transaction = await database.openRestore(request);
      await afterLocks?.();
      return withMethods(transaction, {
        async setSequences(sequences, options) {
          const sentences = await transaction.setSequences(sequences, options);
          await afterSequences?.();
          return sentences;
        },
      });
    },
  }));
}

function spoilDatabase(ports: Ports, methods: (database: Database) => Partial<Database>): Ports {
  const open: Engines['open'] = async (target, options) => {
    const database = await ports.engines.open(target, options);
    return withMethods(database, methods(database));
  };
  return { ...ports, engines: withMethods(ports.engines, { open }) };
}

/** The same object with some methods in place of its own. */
function withMethods<T extends object>(object: T, methods: Partial<T>): T {
  return new Proxy(object, {
    get(target, name) {
      const value: unknown = Reflect.get(name in methods ? methods : target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

function spoilSnapshot(snapshot: DatabaseSnapshot, spoiling: Spoiling): DatabaseSnapshot {
  const { catalogue = (one) => one, beforeRows = async () => {}, afterSnapshot = async () => {} } = spoiling;
  return {
    catalogue: catalogue(snapshot.catalogue),
    rows: (table, options) => after(beforeRows(table), () => snapshot.rows(table, options)),
    check: (query, options) => snapshot.check(query, options),
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

/** The same ports with other methods of the backup folder; the rest of it stays real. */
export function spoilFolder(ports: Ports, methods: Partial<BackupFolder>): Ports {
  return { ...ports, folder: withMethods(ports.folder, methods) };
}

/** An error as the file system reports it. */
export function systemError(code: string, message: string): Error {
  return Object.assign(new Error(`${code}: ${message}`), { code });
}
