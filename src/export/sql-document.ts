import { AppError } from '../errors.ts';
import type { SnapshotHeader, SnapshotTable } from '../snapshot/header.ts';
import type { TableEntry } from '../snapshot/manifest.ts';
import type { SnapshotFile } from '../snapshot/reader.ts';
import type { RowSource } from '../snapshot/rows.ts';
import { formatTableName, type SchemaStatement } from '../snapshot/table.ts';
import { RowCells } from './row-cells.ts';
import type { RowWriter, SqlDialect, TableContent } from './sql-dialect.ts';

/** Text is handed out when it has reached this size. */
const pieceBytes = 1 << 18;

export interface SqlDocument {
  readonly file: SnapshotFile;
  readonly dialect: SqlDialect;
  /** Called before each table. */
  readonly onTable?: (entry: TableEntry) => void;
  /** Called as rows are written. */
  readonly onRows?: (rows: number) => void;
}

/**
 * A snapshot as SQL that its native client loads into an empty database: tables, rows, keys, counters. Memory does not
 * depend on the number of rows.
 *
 * @throws AppError EXPORT.DEFINITION, EXPORT.VALUE, SNAPSHOT.*
 */
export async function* sqlOf(document: SqlDocument): AsyncGenerator<Buffer> {
  const { file, dialect } = document;
  const { definition } = file.schema;
  checkDefinition(file, dialect);
  const before = definition.filter(({ kind }) => !dialect.kindsBehindRows.has(kind));
  const behind = definition.filter(({ kind }) => dialect.kindsBehindRows.has(kind));
  yield utf8(`${preamble(file.header, dialect)}${dialect.opening}\n${before.map(statement).join('')}\n`);
  for (const entry of file.manifest.tables) {
    if (entry.rows === 0) continue;
    document.onTable?.(entry);
    yield* tableRows(document, entry);
  }
  const counters = utf8(
    file.manifest.sequences.map((sequence) => dialect.setCounter(sequence) ?? '').join(''),
  );
  const constraints = utf8(behind.map(statement).join(''));
  const end = dialect.setsCountersBeforeCommit
    ? [constraints, counters, utf8(dialect.commit)]
    : [constraints, utf8(dialect.commit), counters];
  yield Buffer.concat([...end, utf8(dialect.closing)]);
}

/** Where the file comes from, and what it does not hold; no text of the snapshot can end a comment. */
function preamble(
  { name, created, serverVersion, leftOut, tool }: SnapshotHeader,
  dialect: SqlDialect,
): string {
  const lines = [
    `Snapshot ${name}, taken ${created} by ${tool} from ${dialect.name} ${serverVersion}`,
    `Load it into an empty database: ${dialect.client}`,
    ...leftOut.map((one) => `Not in it: ${one.kind} ${one.name} (${one.reason})`),
  ];
  return lines.map((line) => `-- ${line.replace(/[^\x20-\x7e]+/g, ' ')}\n`).join('');
}

/** The client would do something else than pass such a statement on, and that must not come from a snapshot. */
function checkDefinition({ schema, manifest, header }: SnapshotFile, dialect: SqlDialect): void {
  for (const one of schema.definition) {
    if (!dialect.escapesClient(one)) continue;
    throw new AppError(
      'EXPORT.DEFINITION',
      `Cannot write ${header.name} as SQL: ${dialect.client.split(' ')[0]} would take a part of the definition of ${one.kind} ${one.name} for a command of its own, or change it`,
      {
        hint: `To bring its rows back: holdfast restore ${header.name}; to export them: holdfast export ${header.name} --format csv`,
      },
    );
  }
  const missing = manifest.tables.find((entry) => tableStatement(schema.definition, entry) === undefined);
  if (missing === undefined) return;
  throw new AppError(
    'EXPORT.DEFINITION',
    `Cannot write ${header.name} as SQL: it holds rows of ${formatTableName(missing)}, but not how that table is made`,
    { hint: `To export the rows: holdfast export ${header.name} --format csv` },
  );
}

function tableStatement(
  definition: readonly SchemaStatement[],
  table: TableEntry,
): SchemaStatement | undefined {
  const name = formatTableName(table);
  return definition.find((one) => one.kind === 'table' && one.name === name);
}

function statement({ sql }: SchemaStatement): string {
  return `${sql};\n`;
}

async function* tableRows({ file, dialect, onRows }: SqlDocument, entry: TableEntry): AsyncGenerator<Buffer> {
  const table = await file.tableHead(entry);
  const { sql } = tableStatement(file.schema.definition, entry)!;
  const writer = dialect.createRowWriter(contentOf(table, sql, file.header));
  const cells = new RowCells(table.columns.length, formatTableName(table));
  yield* formatRows({ rows: file.rows(entry), cells, writer, ...(onRows === undefined ? {} : { onRows }) });
}

/** A column that could not be stated as generated is an ordinary one in the definition, and takes its values. */
function contentOf(table: SnapshotTable, sql: string, { leftOut }: SnapshotHeader): TableContent {
  const plain = new Set(leftOut.filter(({ kind }) => kind === 'default').map(({ name }) => name));
  const stored = table.columns.flatMap(({ generated, name }, index) =>
    generated && !plain.has(`${formatTableName(table)}.${name}`) ? [] : [index],
  );
  return { table, sql, stored };
}

interface RowsToWrite {
  readonly rows: RowSource;
  readonly cells: RowCells;
  readonly writer: RowWriter;
  readonly onRows?: (rows: number) => void;
}

async function* formatRows({ rows, cells, writer, onRows }: RowsToWrite): AsyncGenerator<Buffer> {
  const { separator, maxBytes } = writer;
  const [begin, end] = [utf8(writer.begin).toString('latin1'), writer.end];
  let text = '';
  let statementBytes = 0;
  for await (const chunk of rows) {
    for (const row of cells.read(chunk)) {
      const written = writer.write(row);
      const isFull = maxBytes !== null && statementBytes + written.length > maxBytes;
      if (isFull && statementBytes > 0) {
        text += end;
        statementBytes = 0;
      }
      const lead = statementBytes === 0 ? begin : separator;
      text += lead + written;
      statementBytes += lead.length + written.length;
      if (text.length < pieceBytes) continue;
      yield Buffer.from(text, 'latin1');
      text = '';
    }
    onRows?.(chunk.rows);
  }
  yield Buffer.from(`${text}${statementBytes === 0 ? '' : end}`, 'latin1');
}

function utf8(text: string): Buffer {
  return Buffer.from(text, 'utf8');
}
