import { Buffer } from 'node:buffer';
import type { Socket } from 'node:net';
import type { Connection } from 'pg';

const copyData = 0x64;
const copyDone = Buffer.from([0x63, 0, 0, 0, 4]);
const headerBytes = 5;
/** A message's length is a signed 32-bit number; longer texts go in several. */
const maxPayload = 64 * 1024 * 1024;

/** What the driver's typings do not say of its connection. */
interface WireConnection extends Connection {
  readonly stream: Socket;
  sendCopyFail(message: string): void;
}

/** A running COPY … FROM STDIN. */
export class CopyIn {
  readonly #sql: string;
  #connection: WireConnection | null = null;
  #isAccepted = false;
  #isEnded = false;
  #error: Error | null = null;
  #rowCount = 0;
  #wake: (() => void) | null = null;

  constructor(sql: string) {
    this.#sql = sql;
  }

  /** Sends a piece of the text; resolves when the socket has room for more. */
  async write(text: Buffer): Promise<void> {
    await this.#until(() => this.#isAccepted);
    for (let at = 0; at < text.length; at += maxPayload) await this.#send(text.subarray(at, at + maxPayload));
  }

  /** Ends the text. @returns how many rows the server took */
  async finish(): Promise<number> {
    await this.#until(() => this.#isAccepted);
    this.#connection!.stream.write(copyDone);
    await this.#until(() => this.#isEnded);
    return this.#rowCount;
  }

  /** Makes the server refuse the COPY where it still runs, and waits until it has. */
  async abort(reason: string): Promise<void> {
    if (this.#error !== null || this.#isEnded) return;
    await this.#until(() => this.#isAccepted);
    this.#connection!.sendCopyFail(reason);
    await this.#until(() => this.#isEnded).catch((error: unknown) => {
      // The refusal that was asked for is the expected end.
      if (error !== this.#error) throw error;
    });
  }

  /** Called by the driver when it is this query's turn. */
  submit(connection: Connection): void {
    this.#connection = connection as WireConnection;
    this.#connection.stream.on('drain', this.#onChange);
    connection.query(this.#sql);
  }

  handleCopyInResponse(): void {
    this.#isAccepted = true;
    this.#onChange();
  }

  handleError(error: Error): void {
    this.#error = error;
    this.#end();
  }

  handleCommandComplete(message: { readonly text: string }): void {
    this.#rowCount = Number(/^COPY (\d+)$/.exec(message.text)?.[1] ?? Number.NaN);
  }

  handleReadyForQuery(): void {
    this.#isEnded = true;
    this.#end();
  }

  async #send(payload: Buffer): Promise<void> {
    const { stream } = this.#connection!;
    const header = Buffer.allocUnsafe(headerBytes);
    header[0] = copyData;
    header.writeUInt32BE(payload.length + 4, 1);
    stream.write(header);
    if (!stream.write(payload)) await this.#until(() => !stream.writableNeedDrain);
    else if (this.#error !== null) throw this.#error;
  }

  async #until(isReached: () => boolean): Promise<void> {
    while (this.#error === null && !isReached()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#error !== null) throw this.#error;
  }

  readonly #onChange = (): void => {
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  };

  #end(): void {
    this.#connection?.stream.removeListener('drain', this.#onChange);
    this.#onChange();
  }
}
