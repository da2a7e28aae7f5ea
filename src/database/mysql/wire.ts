import type { Socket } from 'node:net';
import { InternalError } from '../../errors.ts';
import { ConnectionLost } from './failure.ts';
import { PacketReader } from './packet-reader.ts';

/** Beyond so many bytes that nobody has asked for yet, the connection is paused. */
const readAheadBytes = 1 << 20;
const maxPartBytes = 0xffffff;

/**
 * The packets of one authenticated connection: statements out, payloads in. The `mariadb` driver connects,
 * encrypts and authenticates; then this takes the socket over, because the driver makes a JavaScript value of
 * every cell, while rows only need their bytes moved.
 */
export class Wire {
  readonly packet = new PacketReader();
  readonly #socket: Socket;
  #chunks: Buffer[] = [];
  #chunkBytes = 0;
  #failure: unknown = null;
  #wake: (() => void) | null = null;

  constructor(socket: Socket) {
    this.#socket = socket;
    for (const event of ['data', 'error', 'end', 'timeout']) socket.removeAllListeners(event);
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', (error: Error) => this.fail(new ConnectionLost(error.message, error)));
    socket.on('end', () => this.fail(new ConnectionLost('the server closed the connection')));
    socket.on('close', () => this.fail(new ConnectionLost('the connection was closed')));
  }

  /** What every further call rejects with; null while the connection is good. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Ends the connection; every running and later call rejects with the first reason given. */
  fail(reason: unknown): void {
    this.#failure ??= reason;
    this.#socket.destroy();
    this.#wake?.();
  }

  /** Sends a last command and lets the server close the connection, without waiting for it. */
  end(command: number, reason: unknown): void {
    if (this.#failure !== null) return;
    this.#failure = reason;
    this.#socket.end(Buffer.of(1, 0, 0, 0, command));
    this.#socket.unref();
    this.#wake?.();
  }

  /** Sends one command: its number, then its bytes. */
  send(command: number, body: Buffer): void {
    this.#check();
    const payloadBytes = body.length + 1;
    if (payloadBytes < maxPartBytes) {
      const head = Buffer.of(payloadBytes, payloadBytes >> 8, payloadBytes >> 16, 0, command);
      this.#socket.cork();
      this.#socket.write(head);
      this.#socket.write(body);
      this.#socket.uncork();
      return;
    }
    this.#sendParts(Buffer.concat([Buffer.of(command), body]));
  }

  /** Waits until `packet` holds the next payload. */
  async next(): Promise<void> {
    while (!this.packet.take()) await this.more();
  }

  /** Waits for the bytes that `packet.take` missed. */
  async more(): Promise<void> {
    const missing = this.packet.missing;
    while (this.#chunkBytes < missing) {
      this.#check();
      this.#socket.resume();
      await this.#arrival();
    }
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#chunkBytes = 0;
    this.packet.add(chunks);
    if (this.#failure === null) this.#socket.resume();
  }

  #sendParts(payload: Buffer): void {
    for (let at = 0, sequence = 0; at <= payload.length; at += maxPartBytes, sequence++) {
      const part = payload.subarray(at, at + maxPartBytes);
      this.#socket.write(Buffer.of(part.length, part.length >> 8, part.length >> 16, sequence));
      this.#socket.write(part);
    }
  }

  #receive(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#chunkBytes += chunk.length;
    if (this.#chunkBytes >= Math.max(readAheadBytes, this.packet.missing)) this.#socket.pause();
    this.#wake?.();
  }

  #arrival(): Promise<void> {
    if (this.#wake !== null) throw new InternalError('two readers wait for the same MySQL connection');
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = null;
        resolve();
      };
    });
  }

  #check(): void {
    if (this.#failure !== null) throw this.#failure;
  }
}
