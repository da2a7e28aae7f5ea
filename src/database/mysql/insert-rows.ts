import { isUtf8 } from 'node:buffer';
import { AppError } from '../../errors.ts';
import { RowLineReader } from '../../snapshot/row-line.ts';
import type { RowSource } from '../../snapshot/rows.ts';
import { describeFailure, ServerError, withoutDot } from './failure.ts';
import { InsertBatch, type InsertShape } from './insert-batch.ts';
import type { Session } from './session.ts';
import { lenientMode, type ServerFacts, strictMode } from './settings.ts';

const targetBytes = 1 << 20;
/** A statement must be shorter than max_allowed_packet, its command byte included. */
const packetReserve = 64;
const maxRows = 10_000;
/**
 * "Data truncated for column": all that the server says of the invalid value of an enumeration. "Column cannot be
 * null": what it says when it stores the empty value of a geometry.
 */
const expectedWarnings: ReadonlySet<number> = new Set([1265, 1048]);

/** Inserts all rows; how many there were. While the server works on one batch, the next is made. */
export async function insertRows(
  session: Session,
  facts: ServerFacts,
  shape: InsertShape,
  rows: RowSource,
): Promise<number> {
  const inserter = new RowInserter(session, facts, shape);
  try {
    for await (const chunk of rows) await inserter.addChunk(chunk.bytes);
    return await inserter.finish();
  } finally {
    await inserter.settle();
  }
}

class RowInserter {
  readonly #session: Session;
  readonly #shape: InsertShape;
  readonly #maxBytes: number;
  readonly #reader: RowLineReader;
  #filling: InsertBatch;
  #spare: InsertBatch;
  #running: Promise<unknown> = Promise.resolve(null);
  #count = 0;

  constructor(session: Session, facts: ServerFacts, shape: InsertShape) {
    this.#session = session;
    this.#shape = shape;
    this.#maxBytes = facts.maxAllowedPacket - packetReserve;
    this.#reader = new RowLineReader(shape.writers.length);
    this.#filling = new InsertBatch(shape, targetBytes + targetBytes / 4);
    this.#spare = new InsertBatch(shape, targetBytes + targetBytes / 4);
  }

  async addChunk(bytes: Buffer): Promise<void> {
    if (!isUtf8(bytes)) {
      throw new AppError('SNAPSHOT.CONTENT', `A row of table ${this.#shape.table} is not UTF-8`);
    }
    for (let at = 0; at < bytes.length; ) {
      const next = this.#reader.read(bytes, at);
      await this.#addRow(bytes, next - at);
      at = next;
    }
  }

  async finish(): Promise<number> {
    if (this.#filling.rows > 0) await this.#send();
    await this.#awaitRunning();
    return this.#count;
  }

  /** Waits until no statement runs any more, whatever became of it. */
  async settle(): Promise<void> {
    await this.#running;
  }

  #addRow(bytes: Buffer, lineBytes: number): Promise<void> | undefined {
    const batch = this.#filling;
    const invalidBefore = batch.invalidValues;
    try {
      batch.add(bytes, this.#reader, lineBytes);
    } catch (error) {
      throw this.#inCell(error, this.#count + 1);
    }
    this.#count++;
    const invalidValues = batch.invalidValues - invalidBefore;
    const isOdd = batch.rows > 1 && invalidValues > 0 !== invalidBefore > 0;
    if (isOdd || (batch.bytes > this.#maxBytes && batch.rows > 1)) return this.#sendAllButLast(invalidValues);
    if (batch.bytes < Math.min(targetBytes, this.#maxBytes) && batch.rows < maxRows) return undefined;
    return this.#send();
  }

  async #sendAllButLast(invalidValues: number): Promise<void> {
    await this.#awaitRunning();
    const full = this.#filling;
    full.moveLastTo(this.#spare, invalidValues);
    this.#filling = this.#spare;
    this.#spare = full;
    this.#run(full);
    if (this.#filling.bytes >= Math.min(targetBytes, this.#maxBytes)) await this.#send();
  }

  async #send(): Promise<void> {
    await this.#awaitRunning();
    const full = this.#filling;
    this.#filling = this.#spare;
    this.#spare = full;
    this.#filling.clear(full.firstRow + full.rows);
    this.#run(full);
  }

  /** Begins the statement; a failure is kept until somebody waits for it. */
  #run(batch: InsertBatch): void {
    this.#running = this.#insert(batch).then(
      () => null,
      (error: unknown) => error,
    );
  }

  async #awaitRunning(): Promise<void> {
    const failure = await this.#running;
    if (failure !== null) throw failure;
  }

  async #insert(batch: InsertBatch): Promise<void> {
    if (batch.bytes > this.#maxBytes) throw this.#tooLong(batch);
    if (batch.invalidValues > 0) return this.#insertInvalidValues(batch);
    try {
      const result = await this.#session.run(batch.statement);
      if (result.warnings > 0) await this.#refuseWarnings(batch);
      this.#checkCount(batch, result.affectedRows);
    } catch (error) {
      if (error instanceof ServerError && batch.rows > 1) await this.#insertSingly(batch);
      throw this.#inRow(error, batch.firstRow);
    }
  }

  /** The server refused the batch and took it back: insert its rows one by one, to say which it was. */
  async #insertSingly(batch: InsertBatch): Promise<void> {
    for (const { row, statement } of batch.singles()) {
      await this.#session.run(statement).catch((error: unknown) => {
        throw this.#inRow(error, row);
      });
    }
  }

  /**
   * Enumerations can hold a value that is none of their labels, and geometries one that is empty. Without strictness
   * the server stores it, with one warning for each; any other warning, or one more, says that something else was
   * changed.
   */
  async #insertInvalidValues(batch: InsertBatch): Promise<void> {
    const session = this.#session;
    await session.run(`SET SESSION sql_mode = '${lenientMode}'`);
    try {
      const result = await session.run(batch.ignoringStatement);
      this.#checkCount(batch, result.affectedRows);
      const warnings = await session.warnings();
      const isExpected = warnings.every((warning) => expectedWarnings.has(warning.code));
      if (!isExpected || result.warnings !== batch.invalidValues || warnings.length !== result.warnings) {
        throw this.#refused(
          batch.firstRow,
          warnings.find(({ code }) => !expectedWarnings.has(code))?.message,
        );
      }
    } catch (error) {
      throw this.#inRow(error, batch.firstRow);
    }
    await session.run(`SET SESSION sql_mode = '${strictMode}'`);
  }

  async #refuseWarnings(batch: InsertBatch): Promise<never> {
    const [warning] = await this.#session.warnings();
    throw this.#refused(batch.firstRow, warning?.message);
  }

  #checkCount(batch: InsertBatch, inserted: number): void {
    if (inserted === batch.rows) return;
    throw this.#refused(batch.firstRow, `${inserted} of ${batch.rows} rows were inserted`);
  }

  #refused(row: number, reason: string | undefined): AppError {
    return new AppError(
      'RESTORE.ROW',
      `Cannot insert into table ${this.#shape.table} exactly, at row ${row} or after it: ${withoutDot(reason ?? 'the server warns without a reason')}`,
    );
  }

  #tooLong(batch: InsertBatch): AppError {
    const needed = Math.ceil((batch.bytes + packetReserve) / (1 << 20));
    return new AppError(
      'RESTORE.ROW',
      `Cannot insert row ${batch.firstRow} of table ${this.#shape.table}: it needs a statement of ${needed} MiB, and the server takes ${Math.floor(this.#maxBytes / (1 << 20))} MiB`,
      {
        hint: `Run SET GLOBAL max_allowed_packet = ${needed * 2 * (1 << 20)} as an administrator of the server, then restore again`,
      },
    );
  }

  #inCell(error: unknown, row: number): unknown {
    if (!(error instanceof AppError)) return error;
    const { code, message, hint } = error;
    const place = `Cannot insert row ${row} into table ${this.#shape.table}`;
    return new AppError(code, `${place}: ${message}`, {
      cause: error,
      ...(hint === undefined ? {} : { hint }),
    });
  }

  #inRow(error: unknown, row: number): unknown {
    const what = `Cannot insert row ${row} into table ${this.#shape.table}`;
    return describeFailure(error, { what, otherwise: 'RESTORE.ROW' });
  }
}
