import {
  type CheckedTable,
  type DataFacts,
  tablesOfCatalogue,
  tablesOfSnapshot,
} from '../../integrity/data-facts.ts';
import { findNeededColumns } from '../../integrity/needed-columns.ts';
import type { StoredSnapshot } from '../../ports/backup-folder.ts';
import type { Checkable, CheckQuery } from '../../ports/check-query.ts';
import type { CheckSettings } from '../../ports/check-settings.ts';
import type { DatabaseIdentity, DatabaseTarget, Scope } from '../../ports/database.ts';
import type { Ports } from '../../ports/ports.ts';
import type { PrismaSchema } from '../../schema/prisma-schema.ts';
import type { SnapshotTable } from '../../snapshot/header.ts';
import type { TableEntry } from '../../snapshot/manifest.ts';
import { openSnapshotFile, type SnapshotFile } from '../../snapshot/reader.ts';
import { formatTableName, tableId } from '../../snapshot/table.ts';
import type { AppSchema } from '../app-schema.ts';
import { isMigrationsTable } from '../table-choice.ts';
import { counted } from '../take-snapshot.ts';

/** Data that holds still while it is checked, wherever it lies. */
export interface DataSource {
  readonly identity: DatabaseIdentity;
  /** Of the snapshot; null for the live database. */
  readonly snapshotId: string | null;
  readonly facts: DataFacts;
  /** Sentences about what cannot be checked. */
  readonly warnings: readonly string[];
  /** Makes ready what these queries need; called once. */
  prepare(queries: readonly CheckQuery[]): Promise<Checkable>;
  close(): Promise<void>;
}

export interface LiveRequest {
  readonly target: DatabaseTarget;
  readonly lockTimeoutMs: number;
  readonly scope: Scope;
  readonly appSchema: AppSchema | null;
  readonly settings: CheckSettings;
}

const noSchema =
  'There is no Prisma schema: only what the database itself declares is checked (foreign keys, unique indexes, counters)';

/** One instant of the live database. */
export async function openLiveData(ports: Ports, request: LiveRequest): Promise<DataSource> {
  const { target, lockTimeoutMs, scope, appSchema, settings } = request;
  const options = ports.signal === undefined ? { lockTimeoutMs } : { lockTimeoutMs, signal: ports.signal };
  const database = await ports.engines.open(target, options);
  try {
    const snapshot = await database.openSnapshot(scope);
    const { catalogue } = snapshot;
    const schemaFacts = {
      schema: appSchema?.schema ?? null,
      defaultSchema: appSchema?.defaultSchema ?? 'public',
    };
    return {
      identity: database.identity,
      snapshotId: null,
      warnings: [...catalogue.warnings, ...(appSchema === null ? [noSchema] : [])],
      facts: {
        ...schemaFacts,
        tables: withoutMigrations(tablesOfCatalogue(catalogue, schemaFacts)),
        foreignKeys: catalogue.foreignKeys,
        sequences: catalogue.sequences,
        isPartial: false,
        now: ports.clock.now(),
        settings,
      },
      prepare: async () => snapshot,
      async close() {
        await snapshot.close();
        await database.close();
      },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}

export interface SnapshotRequest {
  readonly stored: StoredSnapshot;
  readonly settings: CheckSettings;
  /** The application's schema, for a snapshot that holds none. */
  readonly findSchema: () => Promise<PrismaSchema | null>;
}

/** A snapshot file. No database is opened but a private one of Holdfast's own. */
export async function openSnapshotData(ports: Ports, request: SnapshotRequest): Promise<DataSource> {
  const { stored, settings, findSchema } = request;
  const file = await openSnapshotFile(stored.path, ports.unlock);
  try {
    const { header, manifest } = file;
    const schema = (await readSchema(file)) ?? (await findSchema());
    const heads: SnapshotTable[] = [];
    for (const entry of manifest.tables) heads.push(await file.tableHead(entry));
    const schemaFacts = { schema, defaultSchema: defaultSchemaOf(manifest.tables) };
    return {
      identity: { provider: header.provider, host: header.database.host, name: header.database.name },
      snapshotId: header.id,
      warnings: [...header.warnings, ...(schema === null ? [noSchema] : [])],
      facts: {
        ...schemaFacts,
        tables: withoutMigrations(tablesOfSnapshot(heads, schemaFacts)),
        foreignKeys: null,
        sequences: manifest.sequences,
        isPartial: header.partial,
        now: new Date(header.created),
        settings,
      },
      ...loadingScratch(ports, file, heads),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

function loadingScratch(
  ports: Ports,
  file: SnapshotFile,
  heads: readonly SnapshotTable[],
): Pick<DataSource, 'prepare' | 'close'> {
  let opened: Awaited<ReturnType<Ports['engines']['openScratch']>> | null = null;
  return {
    async prepare(queries) {
      const scratch = await ports.engines.openScratch(file.header.provider);
      opened = scratch;
      const needed = findNeededColumns(queries);
      const entries = file.manifest.tables.map((entry, index) => ({ entry, head: heads[index]! }));
      const wanted = entries.filter(({ entry }) => needed.has(tableId(nameOf(entry))));
      ports.progress.phase(
        'loading',
        wanted.reduce((sum, { entry }) => sum + entry.rows, 0),
      );
      for (const { entry, head } of wanted) {
        ports.progress.item(formatTableName(entry));
        const columns = [...needed.get(tableId(nameOf(entry)))!];
        await scratch.load(head, columns, counted(ports, file.rows(entry)));
      }
      return scratch;
    },
    async close() {
      await opened?.close();
      await file.close();
    },
  };
}

function withoutMigrations(tables: readonly CheckedTable[]): CheckedTable[] {
  return tables.filter((table) => !isMigrationsTable(table));
}

function nameOf({ schema, name }: TableEntry): { schema: string | null; name: string } {
  return { schema, name };
}

/** The schema that the snapshot holds; null where it holds none. */
export async function readSchema({ schema }: SnapshotFile): Promise<PrismaSchema | null> {
  if (schema.prisma === null) return null;
  const { parsePrismaSchema } = await import('../../schema/parse-prisma-schema.ts');
  return parsePrismaSchema([{ path: 'schema.prisma', text: schema.prisma }]);
}

/** The file does not tell it: `public` where there is such a schema, else the one that there is. */
export function defaultSchemaOf(tables: readonly TableEntry[]): string {
  const schemas = new Set(tables.map(({ schema }) => schema));
  if (schemas.has('public') || schemas.size !== 1) return 'public';
  return [...schemas][0] ?? 'public';
}
