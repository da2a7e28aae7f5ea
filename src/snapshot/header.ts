import { AppError } from '../errors.ts';
import {
  asArray,
  asBoolean,
  asCount,
  asInstant,
  asList,
  asNull,
  asNullable,
  asObject,
  asOneOf,
  asString,
  field,
  type JsonObject,
} from './json-shape.ts';
import type { ColumnDefinition, LeftOut, Provider, SchemaStatement, TableName } from './table.ts';

export const formatName = 'holdfast-snapshot';
export const formatVersion = 1;

export const tiers = ['daily', 'weekly', 'monthly'] as const;
/** The series of automatic snapshots that one serves; null for a snapshot made by hand. */
export type Tier = (typeof tiers)[number];

/** `backup`: the application's data. `safety`: taken by a restore or an undo of what it was about to replace. */
export const purposes = ['backup', 'safety'] as const;
export type Purpose = (typeof purposes)[number];

export interface SafetyReason {
  readonly command: 'restore' | 'undo';
  readonly snapshot: string;
}

export interface SnapshotHeader {
  readonly kind: 'full';
  /** The snapshot that this one continues: a full one continues none. */
  readonly parent: null;
  readonly purpose: Purpose;
  readonly tool: string;
  readonly id: string;
  /** UTC, ISO 8601 with milliseconds. */
  readonly created: string;
  readonly provider: Provider;
  readonly serverVersion: string;
  readonly database: { readonly host: string | null; readonly name: string };
  /** SHA-256 over the names, types and rules of all tables and columns held. */
  readonly schemaFingerprint: string;
  readonly tier: Tier | null;
  /** Every tier that it serves, where these are more than `tier` says; absent otherwise. */
  readonly serves?: readonly Tier[];
  readonly name: string;
  readonly description: string | null;
  readonly tags: readonly string[];
  /** Of a safety snapshot: the command that took it, and the id of what that was about to restore. */
  readonly before: SafetyReason | null;
  /** How the tables were read: `one-instant` is one transaction over all of them. */
  readonly isolation: string;
  /** How `bytes` cells are written. */
  readonly bytes: 'hex';
  /** True when only some of the tables were asked for. */
  readonly partial: boolean;
  readonly leftOut: readonly LeftOut[];
  readonly warnings: readonly string[];
}

export interface SchemaSection {
  /** The application's Prisma schema without its datasource, or null when none was found. */
  readonly prisma: string | null;
  /** What `restore --create-schema` runs, in order. */
  readonly definition: readonly SchemaStatement[];
}

/** A column as the snapshot describes it. */
export interface SnapshotColumn
  extends Pick<ColumnDefinition, 'name' | 'type' | 'encoding' | 'nullable' | 'generated' | 'labels'> {
  /** The field of the Prisma model, or null when the schema does not know the column. */
  readonly field: string | null;
}

/** A table as the snapshot describes it, at the head of its rows. */
export interface SnapshotTable extends TableName {
  readonly model: string | null;
  readonly columns: readonly SnapshotColumn[];
}

export function parseHeader(value: unknown): SnapshotHeader {
  const header = asObject(value, 'header');
  const text = (name: string): string => asString(field(header, name), `header's ${name}`);
  const kind = text('kind');
  if (kind !== 'full') throw unknownKind(kind);
  const serves = field(header, 'serves');
  const database = asObject(field(header, 'database'), "header's database");
  return {
    kind,
    parent: asNull(field(header, 'parent'), "header's parent"),
    purpose: asOneOf(field(header, 'purpose'), purposes, "header's purpose"),
    tool: text('tool'),
    id: text('id'),
    created: asInstant(field(header, 'created'), "header's created"),
    provider: asOneOf(field(header, 'provider'), ['sqlite', 'postgresql', 'mysql'], "header's provider"),
    serverVersion: text('serverVersion'),
    database: {
      host: asNullable(field(database, 'host'), asString, "database's host"),
      name: asString(field(database, 'name'), "database's name"),
    },
    schemaFingerprint: text('schemaFingerprint'),
    tier: asNullable(field(header, 'tier'), (tier, place) => asOneOf(tier, tiers, place), "header's tier"),
    ...(serves === undefined ? {} : { serves: parseTiers(serves, "header's serves") }),
    name: text('name'),
    description: asNullable(field(header, 'description'), asString, "header's description"),
    tags: asList(field(header, 'tags'), asString, "header's tags"),
    before: asNullable(field(header, 'before'), parseSafetyReason, "header's before"),
    isolation: text('isolation'),
    bytes: asOneOf(field(header, 'bytes'), ['hex'], "header's bytes"),
    partial: asBoolean(field(header, 'partial'), "header's partial"),
    leftOut: asList(field(header, 'leftOut'), parseLeftOut, "header's leftOut"),
    warnings: asList(field(header, 'warnings'), asString, "header's warnings"),
  };
}

/** A list of tiers. */
export function parseTiers(value: unknown, place: string): readonly Tier[] {
  return asList(value, (tier, at) => asOneOf(tier, tiers, at), place);
}

export function parseSafetyReason(value: unknown, place: string): SafetyReason {
  const before = asObject(value, place);
  return {
    command: asOneOf(field(before, 'command'), ['restore', 'undo'], `${place}.command`),
    snapshot: asString(field(before, 'snapshot'), `${place}.snapshot`),
  };
}

function parseLeftOut(value: unknown, place: string): LeftOut {
  const entry = asObject(value, place);
  return {
    kind: asString(field(entry, 'kind'), `${place}.kind`),
    name: asString(field(entry, 'name'), `${place}.name`),
    reason: asString(field(entry, 'reason'), `${place}.reason`),
  };
}

export function parseSchemaSection(value: unknown): SchemaSection {
  const section = asObject(value, 'schema section');
  return {
    prisma: asNullable(field(section, 'prisma'), asString, "schema section's prisma"),
    definition: asList(field(section, 'definition'), parseStatement, "schema section's definition"),
  };
}

export function parseStatement(value: unknown, place: string): SchemaStatement {
  const entry = asObject(value, place);
  return {
    kind: asString(field(entry, 'kind'), `${place}.kind`),
    name: asString(field(entry, 'name'), `${place}.name`),
    sql: asString(field(entry, 'sql'), `${place}.sql`),
  };
}

export function parseTableName(object: JsonObject, place: string): TableName {
  return {
    schema: asNullable(field(object, 'schema'), asString, `${place}.schema`),
    name: asString(field(object, 'name'), `${place}.name`),
  };
}

export function parseSnapshotTable(value: unknown): SnapshotTable {
  const table = asObject(value, 'table');
  const columns = asArray(field(table, 'columns'), "table's columns").map(parseColumn);
  if (new Set(columns.map(({ name }) => name)).size !== columns.length) {
    throw new AppError('SNAPSHOT.CONTENT', "The table's columns name one twice");
  }
  return {
    ...parseTableName(table, 'table'),
    model: asNullable(field(table, 'model'), asString, "table's model"),
    columns,
  };
}

function parseColumn(value: unknown, index: number): SnapshotColumn {
  const place = `table's columns[${index}]`;
  const column = asObject(value, place);
  const labels = field(column, 'labels');
  return {
    name: asString(field(column, 'name'), `${place}.name`),
    type: asString(field(column, 'type'), `${place}.type`),
    field: asNullable(field(column, 'field'), asString, `${place}.field`),
    encoding: asOneOf(
      field(column, 'encoding'),
      ['text', 'integer', 'boolean', 'bytes', 'cell'],
      `${place}.encoding`,
    ),
    nullable: asBoolean(field(column, 'nullable'), `${place}.nullable`),
    generated: asBoolean(field(column, 'generated'), `${place}.generated`),
    ...(labels === undefined ? {} : { labels: asList(labels, asString, `${place}.labels`) }),
  };
}

function unknownKind(kind: string): AppError {
  const message = `It is of a kind that this version of Holdfast does not know: ${JSON.stringify(kind.slice(0, 40))}`;
  return new AppError('SNAPSHOT.VERSION', message, {
    hint: 'Update Holdfast: npm install holdfast@latest',
  });
}

/** Checks the version at the head of a snapshot's first line. */
export function checkVersion(document: JsonObject): void {
  const version = asCount(field(document, 'version'), 'format version');
  if (version !== formatVersion) throw newerVersion(version);
}

export function newerVersion(version: number): AppError {
  const message = `It is of format ${version}; this version of Holdfast reads format ${formatVersion}`;
  return new AppError('SNAPSHOT.VERSION', message, { hint: 'Update Holdfast: npm install holdfast@latest' });
}
