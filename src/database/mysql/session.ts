import type { Socket } from 'node:net';
import { AppError, InternalError } from '../../errors.ts';
import type { DatabaseTarget, OpenOptions } from '../../ports/database.ts';
import { parseAddress } from './address.ts';
import { connectSocket } from './connect.ts';
import { ServerError } from './failure.ts';
import type { PacketReader } from './packet-reader.ts';
import { Wire } from './wire.ts';

const commands = { quit: 0x01, query: 0x03 } as const;
const nullCell = 0xfb;

/** What a statement without rows did. */
export interface StatementResult {
  readonly affectedRows: number;
  readonly warnings: number;
}

export interface ServerWarning {
  readonly level: string;
  readonly code: number;
  readonly message: string;
}

/** Takes the payloads of a result's rows, one after the other. */
export interface RowSink {
  add(payload: Buffer, start: number, end: number): void;
}

export type TextRow = readonly (string | null)[];

/** One connection to the server. One statement at a time; no statement may begin while another one runs. */
export class Session {
  readonly #wire: Wire;
  #signal: AbortSignal | undefined;
  readonly #onAbort: () => void;
  #isBusy = false;

  private constructor(wire: Wire, signal: AbortSignal | undefined) {
    this.#wire = wire;
    this.#signal = signal;
    this.#onAbort = () => wire.fail(signal?.reason);
    signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** @throws AppError DATABASE.UNREACHABLE, AUTHENTICATION, NOT_FOUND, PERMISSION; the reason of an abort */
  static async open(target: DatabaseTarget, options: Pick<OpenOptions, 'signal'>): Promise<Session> {
    options.signal?.throwIfAborted();
    const connecting = connectSocket(parseAddress(target), target.origin);
    const session = new Session(new Wire(await unlessAborted(connecting, options.signal)), options.signal);
    if (options.signal?.aborted) session.#onAbort();
    return session;
  }

  /** Whether the connection can still be used. */
  get isOpen(): boolean {
    return this.#wire.failure === null;
  }

  /** Runs a statement that returns no rows. */
  async run(statement: string | Buffer): Promise<StatementResult> {
    return this.#exclusively(async () => {
      const columns = await this.#begin(statement);
      if (columns !== null) throw new InternalError('a statement returned rows that nobody asked for');
      return this.#readOk();
    });
  }

  /** All rows of a small result, as text. */
  async query(statement: string): Promise<TextRow[]> {
    return (await this.queryBytes(statement)).map((row) => row.map((cell) => cell?.toString('utf8') ?? null));
  }

  /** All rows of a small result, byte for byte. */
  async queryBytes(statement: string): Promise<(Buffer | null)[][]> {
    const rows: (Buffer | null)[][] = [];
    const sink = { add: (...row: [Buffer, number, number]) => void rows.push(splitRow(...row)) };
    for await (const _ of this.stream(statement, sink));
    return rows;
  }

  /**
   * Feeds the rows of a result to the sink, as many as have arrived at a time; yields after each such stretch, so
   * that the caller can pass on what the sink made of them. Reads on only when pulled.
   *
   * @returns how many warnings the server counted
   */
  async *stream(statement: string, sink: RowSink): AsyncGenerator<void, number> {
    this.#enter();
    let isComplete = false;
    try {
      const columns = await this.#begin(statement);
      if (columns === null) throw new InternalError('a statement returned no rows');
      for (let skipped = 0; skipped < columns + 1; skipped++) await this.#wire.next();
      const { packet } = this.#wire;
      for (;;) {
        while (packet.take()) {
          const { payload, start, end } = packet;
          if (isLastPacket(packet)) {
            isComplete = true;
            if (payload[start] === 0xff) throw readError(payload, start, end);
            return payload.readUInt16LE(start + 1);
          }
          sink.add(payload, start, end);
        }
        yield;
        await this.#wire.more();
      }
    } catch (error) {
      isComplete ||= error instanceof ServerError;
      throw error;
    } finally {
      if (!isComplete) await this.#drain();
      this.#isBusy = false;
    }
  }

  /** The warnings of the last statement. */
  async warnings(): Promise<ServerWarning[]> {
    const rows = await this.query('SHOW WARNINGS');
    return rows.map(([level, code, message]) => ({
      level: level ?? '',
      code: Number(code),
      message: message ?? '',
    }));
  }

  /** From here on an abort is not heard: what runs now has to come to an end that is known. */
  ignoreAbort(): void {
    this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#signal = undefined;
  }

  /** Says goodbye and closes. Safe to call twice and on a dead connection. */
  close(): void {
    this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#wire.end(commands.quit, new InternalError('the connection is closed'));
  }

  /** Reads a result that nobody wants any more to its end, so that the connection stays usable. */
  async #drain(): Promise<void> {
    const { packet } = this.#wire;
    while (this.isOpen) {
      while (packet.take()) {
        if (isLastPacket(packet)) return;
      }
      // A connection that ends here has failed for the next statement too, which says so.
      await this.#wire.more().catch(() => undefined);
    }
  }

  async #exclusively<T>(work: () => Promise<T>): Promise<T> {
    this.#enter();
    try {
      return await work();
    } finally {
      this.#isBusy = false;
    }
  }

  #enter(): void {
    if (this.#isBusy) throw new InternalError('a statement began while another one was running');
    this.#isBusy = true;
  }

  /** Sends a statement; the number of columns of its result, or null where it has none. */
  async #begin(statement: string | Buffer): Promise<number | null> {
    const bytes = typeof statement === 'string' ? Buffer.from(statement, 'utf8') : statement;
    this.#wire.send(commands.query, bytes);
    await this.#wire.next();
    const { payload, start, end } = this.#wire.packet;
    const first = payload[start]!;
    if (first === 0xff) throw readError(payload, start, end);
    if (first === 0) return null;
    if (first === nullCell) {
      const refused = new AppError('DATABASE.READ', 'The server asked for a local file, which is never sent');
      this.#wire.fail(refused);
      throw refused;
    }
    return readLength(payload, start).value;
  }

  #readOk(): StatementResult {
    const { payload, start } = this.#wire.packet;
    const affected = readLength(payload, start + 1);
    const insertId = readLength(payload, affected.next);
    return { affectedRows: affected.value, warnings: payload.readUInt16LE(insertId.next + 2) };
  }
}

/** The socket; where an abort comes first, its reason, and the socket is closed when it is there. */
async function unlessAborted(connecting: Promise<Socket>, signal: AbortSignal | undefined): Promise<Socket> {
  if (signal === undefined) return connecting;
  let onAbort: (() => void) | null = null;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([connecting, aborted]);
  } catch (error) {
    // Nobody waits for this connection any more; its failure would be the second one.
    if (signal.aborted) connecting.then((socket) => socket.destroy()).catch(() => undefined);
    throw error;
  } finally {
    if (onAbort !== null) signal.removeEventListener('abort', onAbort);
  }
}

/** An error, or the EOF packet, which is shorter than any row that begins with its byte. */
function isLastPacket({ payload, start, end }: PacketReader): boolean {
  const first = payload[start]!;
  return first === 0xff || (first === 0xfe && end - start < 9);
}

/** An error packet: 0xff, the number, `#` and five bytes of state, the message. */
function readError(payload: Buffer, start: number, end: number): ServerError {
  const text = start + 3 + (payload[start + 3] === 0x23 ? 6 : 0);
  return new ServerError(payload.readUInt16LE(start + 1), payload.toString('utf8', text, end));
}

/** A length-encoded integer; sizes beyond 2^48 do not occur. */
function readLength(payload: Buffer, at: number): { value: number; next: number } {
  const first = payload[at]!;
  if (first < nullCell) return { value: first, next: at + 1 };
  if (first === 0xfc) return { value: payload.readUIntLE(at + 1, 2), next: at + 3 };
  if (first === 0xfd) return { value: payload.readUIntLE(at + 1, 3), next: at + 4 };
  return { value: payload.readUIntLE(at + 1, 6), next: at + 9 };
}

function splitRow(payload: Buffer, start: number, end: number): (Buffer | null)[] {
  const cells: (Buffer | null)[] = [];
  for (let at = start; at < end; ) {
    if (payload[at] === nullCell) {
      cells.push(null);
      at++;
      continue;
    }
    const { value, next } = readLength(payload, at);
    cells.push(Buffer.from(payload.subarray(next, next + value)));
    at = next + value;
  }
  return cells;
}
