import type { Catalogue, DatabaseTarget, Scope } from '../../ports/database.ts';
import {
  type ColumnDefinition,
  type ForeignKey,
  type SequenceState,
  type TableDefinition,
  type TableName,
  tableId,
} from '../../snapshot/table.ts';
import { type PostgresColumn, readColumns } from './columns.ts';
import type { PostgresConnection } from './connection.ts';
import { readDefinition } from './definition.ts';
import { type PostgresForeignKey, readForeignKeys } from './foreign-keys.ts';
import { readKeys } from './keys.ts';
import { readLeftOut } from './left-out.ts';
import {
  listRelations,
  type RootRelation,
  readStoredBytes,
  resolveSchemas,
  withPartitions,
} from './relations.ts';
import { type PostgresSequence, readSequences } from './sequences.ts';
import { parseAddress } from './url.ts';

/** A table's definition with what is stored under its name. */
export interface PostgresTable {
  readonly definition: TableDefinition;
  readonly root: RootRelation;
  readonly columns: readonly PostgresColumn[];
}

/** The catalogue with what only this engine needs to know. */
export interface PostgresCatalogue extends Catalogue {
  readonly schemas: readonly string[];
  readonly relations: readonly RootRelation[];
  /** By `tableId`. */
  readonly tablesById: ReadonlyMap<string, PostgresTable>;
  readonly postgresForeignKeys: readonly PostgresForeignKey[];
  readonly postgresSequences: readonly PostgresSequence[];
}

/** The schemas that the target and the scope ask for. */
export function wantedSchemas(target: DatabaseTarget, scope: Scope): readonly string[] | 'all' {
  if (scope.allSchemas) return 'all';
  if (target.schemas.length > 0) return target.schemas;
  return [parseAddress(target).schema ?? 'public'];
}

/** Reads the whole catalogue within the transaction that is open, whose `search_path` must be empty. */
export async function readCatalogue(
  connection: PostgresConnection,
  scope: Scope,
): Promise<PostgresCatalogue> {
  const { schemas, missing } = await resolveSchemas(connection, wantedSchemas(connection.target, scope));
  const relations = await listRelations(connection, schemas);
  const oids = relations.map((root) => root.oid);
  const allOids = withPartitions(relations).map((one) => one.oid);
  const columns = await readColumns(connection, oids);
  const keys = await readKeys(connection, columns);
  const tables = relations.map((root) => toTable(root, columns.get(root.oid)!, keys.get(root.oid)!));
  const foreignKeys = await readForeignKeys(connection, allOids);
  const sequences = await readSequences(connection, schemas, oids);
  const definition = await readDefinition(connection, schemas, relations);
  const leftOut = await readLeftOut(connection, schemas);
  return {
    serverVersion: await readVersion(connection),
    schemas,
    relations,
    tables: tables.map((table) => table.definition),
    tablesById: new Map(tables.map((table) => [tableId(table.definition), table])),
    foreignKeys: foreignKeys.map(toForeignKey),
    postgresForeignKeys: foreignKeys,
    sequences: sequences.map(toSequenceState),
    postgresSequences: sequences,
    leftOut: [...leftOut, ...definition.leftOut],
    definition: definition.statements,
    blockingTriggers: [],
    warnings: missing.map((name) => `The database has no schema ${name}.`),
    estimatedBytes: await readStoredBytes(connection, allOids),
  };
}

/** The table of that name, or undefined. */
export function findTable(catalogue: PostgresCatalogue, name: TableName): PostgresTable | undefined {
  return catalogue.tablesById.get(tableId({ schema: name.schema, name: name.name }));
}

function toTable(
  root: RootRelation,
  columns: readonly PostgresColumn[],
  keys: Pick<TableDefinition, 'key' | 'uniques'>,
): PostgresTable {
  const rows = [root, ...root.partitions]
    .filter((one) => one.kind === 'table')
    .reduce((sum, one) => sum + one.estimatedRows, 0);
  const definition = {
    schema: root.schema,
    name: root.name,
    columns: columns.map(toColumnDefinition),
    key: keys.key,
    uniques: keys.uniques,
    estimatedRows: rows,
  };
  return { definition, root, columns };
}

/** Without what only this engine needs to know. */
function toColumnDefinition(column: PostgresColumn): ColumnDefinition {
  const {
    number: _number,
    typeOid: _oid,
    isEnumeration: _kind,
    equalitySchema: _schema,
    ...definition
  } = column;
  return definition;
}

function toForeignKey({ name, table, columns, parent, parentColumns }: PostgresForeignKey): ForeignKey {
  return { name, table, columns, parent, parentColumns };
}

function toSequenceState({
  schema,
  name,
  feeds,
  lastValue,
  isCalled,
  increment,
}: PostgresSequence): SequenceState {
  return { schema, name, feeds, lastValue, isCalled, increment };
}

async function readVersion(connection: PostgresConnection): Promise<string> {
  const [row] = await connection.query<{ version: string }>(
    `SELECT split_part(current_setting('server_version'), ' ', 1) AS version`,
  );
  return row!.version;
}
