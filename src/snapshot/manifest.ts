import { AppError } from '../errors.ts';
import { parseTableName } from './header.ts';
import { asBoolean, asCount, asList, asNullable, asObject, asSha256, asString, field } from './json-shape.ts';
import { formatTableName, type SequenceState, type TableName, tableId } from './table.ts';

/** One stretch of the file: a gzip member, or in a plain snapshot the same stretch of text. */
export interface BlockEntry {
  readonly offset: number;
  readonly bytes: number;
  readonly textBytes: number;
  readonly rows: number;
  /** Of the stored bytes. */
  readonly sha256: string;
}

export interface TableEntry extends TableName {
  readonly model: string | null;
  readonly rows: number;
  /** Of the row lines, without the commas between them. */
  readonly bytes: number;
  /** Of the same text. */
  readonly sha256: string;
  /** The table's blocks in the manifest's list: the first, and how many. */
  readonly firstBlock: number;
  readonly blocks: number;
}

export interface Manifest {
  readonly rows: number;
  readonly tables: readonly TableEntry[];
  readonly sequences: readonly SequenceState[];
  readonly blocks: readonly BlockEntry[];
}

/** The longest line of one row. */
export const maxRowBytes = 2 ** 30;

/**
 * Most text that a block may hold: a writer closes a block at about 1 MiB, so more than this is either one very long
 * row, or a file that wants to exhaust memory.
 */
const maxTextBytes = { manyRows: 16 << 20, oneRow: maxRowBytes, noRows: 2 ** 28 };
/** Deflate cannot expand further than this. */
const maxExpansion = 1032;

export function parseManifest(value: unknown, manifestOffset: number): Manifest {
  const object = asObject(value, 'manifest');
  const manifest = {
    rows: asCount(field(object, 'rows'), "manifest's rows"),
    tables: asList(field(object, 'tables'), parseTableEntry, "manifest's tables"),
    sequences: asList(field(object, 'sequences'), parseSequence, "manifest's sequences"),
    blocks: asList(field(object, 'blocks'), parseBlock, "manifest's blocks"),
  };
  checkTiles(manifest.blocks, manifestOffset);
  checkTables(manifest);
  return manifest;
}

/** Blocks follow each other from the first byte to the manifest, without gap or overlap. */
function checkTiles(blocks: readonly BlockEntry[], end: number): void {
  let offset = 0;
  for (const block of blocks) {
    if (block.offset !== offset) throw contradiction('its blocks do not follow each other');
    offset += block.bytes;
  }
  if (offset !== end || blocks.length === 0) throw contradiction('its blocks do not fill the file');
}

/** Block 0 is the header, without rows; the tables' blocks follow each other to the last one, and their counts add up. */
function checkTables(manifest: Manifest): void {
  let next = 1;
  let total = 0;
  const names = new Set<string>();
  if (manifest.blocks[0]!.rows !== 0) throw contradiction('its first block holds rows');
  for (const table of manifest.tables) {
    if (table.firstBlock !== next || table.blocks === 0)
      throw contradiction('its tables do not follow each other');
    next += table.blocks;
    const blocks = manifest.blocks.slice(table.firstBlock, next);
    const rows = blocks.reduce((sum, block) => sum + block.rows, 0);
    if (blocks.length !== table.blocks || rows !== table.rows) {
      throw contradiction(`the blocks of ${formatTableName(table)} do not hold its rows`);
    }
    total += rows;
    names.add(tableId(table));
  }
  if (next !== manifest.blocks.length) throw contradiction('it has blocks that belong to no table');
  if (total !== manifest.rows) throw contradiction('its rows do not add up');
  if (names.size !== manifest.tables.length) throw contradiction('it names a table twice');
}

function parseBlock(value: unknown, place: string): BlockEntry {
  const block = asObject(value, place);
  const entry = {
    offset: asCount(field(block, 'offset'), `${place}.offset`),
    bytes: asCount(field(block, 'bytes'), `${place}.bytes`),
    textBytes: asCount(field(block, 'textBytes'), `${place}.textBytes`),
    rows: asCount(field(block, 'rows'), `${place}.rows`),
    sha256: asSha256(field(block, 'sha256'), `${place}.sha256`),
  };
  if (entry.textBytes > textLimit(entry.rows) || entry.textBytes > entry.bytes * maxExpansion) {
    throw contradiction(`its block at ${entry.offset} claims ${entry.textBytes} bytes of text`);
  }
  if (entry.bytes > mostStored(entry.textBytes)) {
    throw contradiction(`its block at ${entry.offset} takes ${entry.bytes} bytes for less text`);
  }
  return entry;
}

/** What cannot be compressed is stored, with a few bytes for every 16 KiB. */
function mostStored(textBytes: number): number {
  return textBytes + Math.ceil(textBytes / 1024) + 64;
}

function textLimit(rows: number): number {
  if (rows === 0) return maxTextBytes.noRows;
  return rows === 1 ? maxTextBytes.oneRow : maxTextBytes.manyRows;
}

function parseTableEntry(value: unknown, place: string): TableEntry {
  const table = asObject(value, place);
  return {
    ...parseTableName(table, place),
    model: asNullable(field(table, 'model'), asString, `${place}.model`),
    rows: asCount(field(table, 'rows'), `${place}.rows`),
    bytes: asCount(field(table, 'bytes'), `${place}.bytes`),
    sha256: asSha256(field(table, 'sha256'), `${place}.sha256`),
    firstBlock: asCount(field(table, 'firstBlock'), `${place}.firstBlock`),
    blocks: asCount(field(table, 'blocks'), `${place}.blocks`),
  };
}

function parseSequence(value: unknown, place: string): SequenceState {
  const sequence = asObject(value, place);
  return {
    ...parseTableName(sequence, place),
    feeds: asNullable(field(sequence, 'feeds'), parseFeeds, `${place}.feeds`),
    lastValue: asInteger(field(sequence, 'lastValue'), `${place}.lastValue`),
    isCalled: asBoolean(field(sequence, 'isCalled'), `${place}.isCalled`),
    increment: asInteger(field(sequence, 'increment'), `${place}.increment`),
  };
}

function parseFeeds(value: unknown, place: string): { table: TableName; column: string } {
  const feeds = asObject(value, place);
  return {
    table: parseTableName(asObject(field(feeds, 'table'), `${place}.table`), `${place}.table`),
    column: asString(field(feeds, 'column'), `${place}.column`),
  };
}

/** Decimal text: it becomes part of SQL, where a counter cannot be a parameter. */
function asInteger(value: unknown, place: string): string {
  const text = asString(value, place);
  if (!/^-?\d{1,39}$/.test(text))
    throw new AppError('SNAPSHOT.CONTENT', `The ${place} is not a whole number`);
  return text;
}

function contradiction(what: string): AppError {
  return new AppError('SNAPSHOT.CONTENT', `The manifest contradicts itself: ${what}`);
}
