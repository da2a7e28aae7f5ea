import { connect as connectTo, createServer, type Server, type Socket } from 'node:net';

/** A place in the traffic, counted from when the fault is set. */
export interface WirePoint {
  /** What is counted: pieces or bytes that the client sends, or bytes that the server answers. */
  readonly count: 'pieces' | 'sent' | 'received';
  /** The fault comes right behind the n-th. */
  readonly at: number;
}

export interface WireFault {
  readonly point: WirePoint;
  /** Done while nothing passes in either direction. */
  readonly act?: () => Promise<void>;
  /** What happens then: both connections are cut, or the traffic goes on. */
  readonly after: 'cut' | 'pass';
}

export type WireCounts = Readonly<Record<WirePoint['count'], number>>;

/** Stands between the program and its server on the loopback, and does something at a chosen byte. */
export class FaultProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #counts = { pieces: 0, sent: 0, received: 0 };
  #fault: WireFault | null = null;
  #fired = false;
  #isHeld = false;
  #doing: Promise<void> = Promise.resolve();

  private constructor(target: { readonly host: string; readonly port: number }) {
    this.#server = createServer((client) => this.#join(client, connectTo(target)));
  }

  static async open(serverUrl: string, defaultPort: number): Promise<FaultProxy> {
    const { hostname, port } = new URL(serverUrl);
    const proxy = new FaultProxy({ host: hostname, port: Number(port || defaultPort) });
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  /** What has passed since `set` or `clear`. */
  get counts(): WireCounts {
    return { ...this.#counts };
  }

  /** Whether the fault has happened. */
  get fired(): boolean {
    return this.#fired;
  }

  /** Waits until a fault that has begun is over: the program may well end before. */
  settle(): Promise<void> {
    return this.#doing;
  }

  set(fault: WireFault): void {
    this.clear();
    this.#fault = fault;
  }

  clear(): void {
    this.#counts = { pieces: 0, sent: 0, received: 0 };
    this.#fault = null;
    this.#fired = false;
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  #join(client: Socket, server: Socket): void {
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      // The death of one side is passed on as it came; there is nothing else to do about it.
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
      socket.on('drain', () => {
        if (!this.#isHeld) other.resume();
      });
      socket.on('end', () => other.end());
      socket.on('data', (piece: Buffer) => this.#pass(piece, socket, other, socket === client));
    }
  }

  #pass(piece: Buffer, from: Socket, to: Socket, isSent: boolean): void {
    const direction = isSent ? 'sent' : 'received';
    const before = this.#counts[direction];
    this.#counts[direction] += piece.length;
    if (isSent) this.#counts.pieces++;
    const fault = this.#fired ? null : this.#fault;
    const { count, at } = fault?.point ?? { count: null, at: 0 };
    const isReached =
      count === 'pieces'
        ? isSent && this.#counts.pieces >= at
        : count === direction && this.#counts[direction] >= at;
    if (fault === null || !isReached) {
      if (!to.write(piece)) from.pause();
      return;
    }
    this.#fired = true;
    this.#fault = null;
    const length = count === 'pieces' ? piece.length : Math.max(0, at - before);
    this.#doing = this.#do(fault, {
      from,
      to,
      first: piece.subarray(0, length),
      rest: piece.subarray(length),
    });
  }

  async #do(
    { act, after }: WireFault,
    { from, to, first, rest }: { from: Socket; to: Socket; first: Buffer; rest: Buffer },
  ): Promise<void> {
    this.#isHeld = true;
    for (const socket of [from, to]) socket.pause();
    await new Promise<void>((resolve) => to.write(first, () => resolve()));
    // A fault that could not be made is told by what the case finds; the traffic must not stand still for ever.
    const isDone = await (act?.() ?? Promise.resolve()).then(
      () => true,
      () => false,
    );
    this.#isHeld = false;
    this.#fired = isDone;
    if (after === 'cut' || !isDone) {
      for (const socket of [from, to]) socket.resetAndDestroy();
      return;
    }
    to.write(rest);
    for (const socket of [from, to]) socket.resume();
  }
}
