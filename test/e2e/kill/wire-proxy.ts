import { connect as connectTo, createServer, type Server, type Socket } from 'node:net';

/** What to do with a piece that a client sends: let it pass, keep it back, or let it pass and keep the answer back. */
export type Verdict = 'pass' | 'hold' | 'hold answer';

/**
 * Stands between the program and its server on the loopback, and holds the traffic at a chosen point, so that the
 * program can be killed right there: the server has seen what was let through, and nothing after it.
 */
export class WireProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #bytes = 0;
  #judge: ((piece: Buffer, bytesBefore: number) => Verdict) | null = null;
  #onHeld: (() => void) | null = null;
  #onResume: (() => void) | null = null;

  private constructor(target: { readonly host: string; readonly port: number }) {
    this.#server = createServer((client) => this.#connect(client, connectTo(target)));
  }

  static async open(target: { readonly host: string; readonly port: number }): Promise<WireProxy> {
    const proxy = new WireProxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** How many bytes clients have sent since `watch`, or ever. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Judges every piece from now on; the promise resolves when one was held. From then on nothing passes. */
  watch(judge: (piece: Buffer, bytesBefore: number) => Verdict): Promise<void> {
    this.#bytes = 0;
    this.#judge = judge;
    return new Promise((resolve) => {
      this.#onHeld = resolve;
    });
  }

  /** Lets everything pass again, the answers that were kept back first. */
  resume(): void {
    this.#judge = null;
    this.#onResume?.();
  }

  /** Ends what was held, as the death of its client does, and lets everything pass again. */
  release(): void {
    this.#judge = null;
    this.#onHeld = null;
    for (const socket of this.#sockets) socket.destroy();
  }

  close(): void {
    this.release();
    this.#server.close();
  }

  #connect(client: Socket, server: Socket): void {
    let isHeld = false;
    const pair = [client, server] as const;
    for (const [socket, other] of [pair, [server, client] as const]) {
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      // The death of one side is passed on as it came; there is nothing else to do about it.
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
      socket.on('drain', () => {
        if (!isHeld) other.resume();
      });
    }
    client.on('data', (piece: Buffer) => {
      if (isHeld) return;
      const verdict = this.#judge?.(piece, this.#bytes) ?? 'pass';
      this.#bytes += piece.length;
      isHeld = verdict !== 'pass';
      if (isHeld) server.pause();
      if (verdict !== 'hold' && !server.write(piece)) client.pause();
      if (!isHeld) return;
      this.#onResume = () => {
        isHeld = false;
        server.resume();
      };
      this.#onHeld?.();
    });
    server.on('data', (piece: Buffer) => {
      if (!client.write(piece)) server.pause();
    });
  }
}
