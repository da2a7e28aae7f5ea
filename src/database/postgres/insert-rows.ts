import { AppError } from '../../errors.ts';
import type { RowSource } from '../../snapshot/rows.ts';
import { formatTableName, type TableDefinition } from '../../snapshot/table.ts';
import { type BinaryCellWriter, binaryWriterOf } from './binary-cells.ts';
import type { PostgresTable } from './catalogue.ts';
import type { PostgresConnection } from './connection.ts';
import type { CopyIn } from './copy-in.ts';
import { describeServerError, serverContext, sqlState } from './database-errors.ts';
import { copyBinaryEnd, LinesToCopyBinary } from './lines-to-copy-binary.ts';
import { type LineColumn, LinesToCopyText } from './lines-to-copy-text.ts';
import { quoteIdentifiers, quoteTable } from './quoting.ts';

/** Kinds of errors that a row's content causes: wrong data, a broken constraint, a limit. */
const rowStates = /^(22|23|42804|54|0A)/;

/** Rows to insert, and what the cells of their lines are. */
export interface InsertPlan {
  /** The table as the live catalogue has it. */
  readonly table: PostgresTable;
  /** The table as the lines were written from it. */
  readonly definition: TableDefinition;
  readonly columns: readonly string[];
}

/**
 * Inserts all rows by COPY, which gives identity columns the values of the rows, whatever they are declared.
 *
 * @returns how many rows were inserted
 * @throws AppError RESTORE.ROW, RESTORE.SCHEMA, SNAPSHOT.CONTENT, or what the source throws
 */
export async function insertRows(
  connection: PostgresConnection,
  plan: InsertPlan,
  rows: RowSource,
): Promise<number> {
  const inserter = new RowInserter(connection, plan);
  try {
    for await (const chunk of rows) await inserter.insert(chunk.bytes);
    return await inserter.finish();
  } catch (error) {
    throw await inserter.fail(error);
  }
}

/** Sends lines in COPY's binary form, where it takes them; from the first chunk on that it does not, as text. */
class RowInserter {
  readonly #connection: PostgresConnection;
  readonly #table: PostgresTable;
  readonly #columns: readonly InsertedColumn[];
  #form: LinesToCopyBinary | LinesToCopyText;
  #copy: CopyIn | null = null;
  /** How many rows a COPY before the running one took. */
  #before = 0;

  constructor(connection: PostgresConnection, plan: InsertPlan) {
    this.#connection = connection;
    this.#table = plan.table;
    this.#columns = lineColumns(plan);
    const writers = this.#columns.flatMap((column) => column.binaryWriter ?? []);
    const isBinary = writers.length > 0 && writers.length === this.#columns.length;
    this.#form = isBinary ? new LinesToCopyBinary(writers) : this.#textForm();
  }

  async insert(lines: Buffer): Promise<void> {
    let bytes = this.#form.convert(lines);
    if (bytes === null) {
      this.#before = await this.#end();
      this.#form = this.#textForm();
      bytes = this.#form.convert(lines);
    }
    this.#copy ??= this.#connection.copyIn(this.#copySql());
    await this.#copy.write(bytes);
  }

  /** @returns how many rows were inserted in all */
  async finish(): Promise<number> {
    return this.#before + (await this.#end());
  }

  /** Tells the server that no more comes, so that the transaction can be rolled back. @returns the error to throw */
  async fail(error: unknown): Promise<unknown> {
    try {
      await this.#copy?.abort('the rows could not be read');
    } catch {
      // The first error is the one to tell. The server takes the transaction back when its connection is gone.
      this.#connection.destroy();
    }
    return toRowError(this.#connection, error, { table: this.#name, before: this.#before });
  }

  async #end(): Promise<number> {
    const copy = this.#copy;
    if (copy === null) return 0;
    if (this.#form instanceof LinesToCopyBinary) await copy.write(copyBinaryEnd);
    const inserted = await copy.finish();
    this.#copy = null;
    if (inserted === this.#form.rows) return inserted;
    throw new AppError('RESTORE.CHECK', `Table ${this.#name} took ${inserted} of ${this.#form.rows} rows`);
  }

  #textForm(): LinesToCopyText {
    return new LinesToCopyText(this.#columns, this.#name, this.#before);
  }

  get #name(): string {
    return formatTableName(this.#table.definition);
  }

  #copySql(): string {
    const names = this.#columns.filter((column) => !column.isSkipped).map((column) => column.name);
    const list = names.length === 0 ? '' : ` (${quoteIdentifiers(names)})`;
    const form = this.#form instanceof LinesToCopyBinary ? ' (FORMAT binary)' : '';
    return `COPY ${quoteTable(this.#table.root)}${list} FROM STDIN${form}`;
  }
}

interface InsertedColumn extends LineColumn {
  /** Null where its cells go as text only. */
  readonly binaryWriter: BinaryCellWriter | null;
}

function lineColumns({ table, definition, columns }: InsertPlan): readonly InsertedColumn[] {
  return columns.map((name) => {
    const live = table.columns.find((column) => column.name === name);
    const stored = definition.columns.find((column) => column.name === name);
    if (live === undefined || stored === undefined) {
      throw new AppError(
        'RESTORE.SCHEMA',
        `Table ${formatTableName(table.definition)} has no column ${name}`,
        {
          hint: 'Bring the database to the schema of the snapshot first, or restore into an empty one.',
        },
      );
    }
    const isBinary = !live.generated && stored.encoding === live.encoding;
    const binaryWriter = isBinary ? binaryWriterOf(live) : null;
    return { name, encoding: stored.encoding, isSkipped: live.generated, binaryWriter };
  });
}

function toRowError(
  connection: PostgresConnection,
  error: unknown,
  { table, before }: { readonly table: string; readonly before: number },
): unknown {
  if (error instanceof AppError) return connection.failure(error, '', error.code);
  const context = serverContext(error);
  const line = /, line (\d+)(?:, column ([^:\n]*))?/.exec(context);
  if (!rowStates.test(sqlState(error) ?? '')) {
    return connection.failure(error, `Cannot restore table ${table}`, 'RESTORE.ROW');
  }
  const place = line === null ? `table ${table}` : `row ${before + Number(line[1])} of table ${table}`;
  const column = line?.[2] ? `, column ${line[2]}` : '';
  return new AppError('RESTORE.ROW', `Cannot restore ${place}${column}: ${describeServerError(error)}`, {
    hint: 'Nothing was changed. Compare the table with the snapshot: holdfast restore <snapshot> --dry-run.',
    cause: error,
  });
}
