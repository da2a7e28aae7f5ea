import { Buffer } from 'node:buffer';
import type { Socket } from 'node:net';
import type { Connection } from 'pg';
import { InternalError } from '../../errors.ts';
import { FixedBufferSocket } from '../../util/fixed-buffer-socket.ts';

const copyData = 0x64;
const copyDone = 0x63;
const errorResponse = 0x45;
const headerBytes = 5;

/** What the driver's typings do not say of its connection. */
interface WireConnection extends Connection {
  readonly stream: Socket;
}

/** Takes the payload of COPY as it arrives, cut anywhere. */
export interface CopySink {
  push(source: Buffer, start: number, end: number): void;
}

/**
 * A running COPY … TO STDOUT. While its data comes it takes the bytes of the socket itself, a piece at a time and only
 * when asked, so that the server waits for the consumer; before and after, the driver takes them.
 */
export class CopyOut {
  readonly #sql: string;
  #stream: Socket | null = null;
  #driver: ((bytes: Buffer) => void) | null = null;
  /** The bytes of a message's header while it is cut. */
  #header: Buffer = Buffer.alloc(0);
  /** How much of the present message's payload has not come yet. */
  #left = 0;
  #isData = false;
  #isHandedBack = false;
  #error: Error | null = null;
  #rowCount: number | null = null;
  #isEnded = false;
  /** Where the next piece goes; null while nobody asks. */
  #sink: CopySink | null = null;
  #sinkError: unknown = null;
  #wake: (() => void) | null = null;

  constructor(sql: string) {
    this.#sql = sql;
  }

  /** The rows that the server says it sent; null until it has ended well. */
  get rowCount(): number | null {
    return this.#rowCount;
  }

  /**
   * Gives the sink what has arrived, waiting until something has.
   *
   * @returns false when the COPY has ended and its connection is free again
   */
  async read(sink: CopySink): Promise<boolean> {
    this.#throwIfFailed();
    if (this.#isEnded) return false;
    this.#sink = sink;
    if (!this.#isHandedBack) this.#stream?.resume();
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#throwIfFailed();
    return !this.#isEnded;
  }

  /** Whether the connection is free again, or gone. */
  get hasEnded(): boolean {
    return this.#isEnded || this.#error !== null;
  }

  /** Reads to the end, also where that is the server's refusal, and keeps nothing. */
  async discard(): Promise<void> {
    try {
      while (await this.read({ push: () => undefined }));
    } catch (error) {
      if (error !== this.#error) throw error;
    }
  }

  /** Called by the driver when it is this query's turn. */
  submit(connection: Connection): void {
    const { stream } = connection as WireConnection;
    const [driver, ...others] = stream.listeners('data') as ((bytes: Buffer) => void)[];
    if (driver === undefined || others.length > 0)
      throw new InternalError('The driver reads its socket otherwise');
    stream.removeListener('data', driver);
    stream.on('data', this.#onData);
    if (stream instanceof FixedBufferSocket) stream.isSharing = true;
    if (this.#sink === null) stream.pause();
    this.#driver = driver;
    this.#stream = stream;
    connection.query(this.#sql);
  }

  handleError(error: Error): void {
    this.#error = error;
    if (!this.#isHandedBack) this.#stream?.removeListener('data', this.#onData);
    this.#isHandedBack = true;
    this.#wakeUp();
  }

  handleCommandComplete(message: { readonly text: string }): void {
    this.#rowCount = Number(/^COPY (\d+)$/.exec(message.text)?.[1] ?? Number.NaN);
  }

  handleReadyForQuery(): void {
    this.#isEnded = true;
    this.#wakeUp();
  }

  readonly #onData = (bytes: Buffer): void => {
    this.#stream!.pause();
    this.#parse(bytes, this.#sink!);
    this.#sink = null;
    if (!this.#isHandedBack) this.#wakeUp();
  };

  #wakeUp(): void {
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  }

  #throwIfFailed(): void {
    const error = this.#sinkError ?? this.#error;
    this.#sinkError = null;
    if (error !== null) throw error;
  }

  /** What the sink throws is kept for the reader: the rest of the piece has to be parsed all the same. */
  #give(sink: CopySink, bytes: Buffer, start: number, end: number): void {
    if (!this.#isData || this.#sinkError !== null) return;
    try {
      sink.push(bytes, start, end);
    } catch (error) {
      this.#sinkError = error;
    }
  }

  #parse(bytes: Buffer, sink: CopySink): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.#left > 0) {
        const end = Math.min(bytes.length, at + this.#left);
        this.#give(sink, bytes, at, end);
        this.#left -= end - at;
        at = end;
        continue;
      }
      const isCut = this.#header.length > 0 || bytes.length - at < headerBytes;
      const header = isCut
        ? Buffer.concat([this.#header, bytes.subarray(at, at + headerBytes - this.#header.length)])
        : bytes;
      const start = isCut ? 0 : at;
      const code = header[start]!;
      if (code === errorResponse || code === copyDone) {
        const rest = isCut ? Buffer.concat([this.#header, bytes.subarray(at)]) : bytes.subarray(at);
        this.#handBack(rest);
        return;
      }
      if (isCut && header.length < headerBytes) {
        this.#header = header;
        return;
      }
      at += headerBytes - this.#header.length;
      this.#header = Buffer.alloc(0);
      this.#isData = code === copyData;
      this.#left = header.readUInt32BE(start + 1) - 4;
    }
  }

  /** Lets the driver read again, beginning with what ends the COPY. */
  #handBack(rest: Buffer): void {
    const stream = this.#stream!;
    const driver = this.#driver!;
    this.#isHandedBack = true;
    stream.removeListener('data', this.#onData);
    stream.on('data', driver);
    // The driver may keep a part of what it is given.
    driver(Buffer.from(rest));
    if (stream instanceof FixedBufferSocket) stream.isSharing = false;
    stream.resume();
  }
}
