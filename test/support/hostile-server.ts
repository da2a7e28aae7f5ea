import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** What one answer does instead of what it should; all of it is optional. */
export interface Trick {
  /** Answer with this status, and this body, at once. */
  readonly status?: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Break the connection after so many bytes of the request's body. */
  readonly cutRequestAt?: number;
  /** Do what was asked, and break the connection without an answer. */
  readonly loseAnswer?: boolean;
  /** Break the connection after so many bytes of the answer's body. */
  readonly cutAnswerAt?: number;
  /** Do nothing for ever. */
  readonly stall?: boolean;
  /** Change the answer's headers, such as an ETag. */
  readonly changeHeaders?: (headers: Record<string, string>) => Record<string, string>;
  /** Change what is stored, or what is given back. */
  readonly changeBody?: (body: Buffer) => Buffer;
}

/** How a request looks to a script. */
export interface SeenRequest {
  readonly method: string;
  /** The key, without the bucket. */
  readonly key: string;
  readonly query: URLSearchParams;
  /** How many requests came before it. */
  readonly index: number;
}

/** What is done to a request; null for what it asks for. */
export type Script = (request: SeenRequest) => Trick | null;

export interface HostileServer {
  readonly endpoint: string;
  readonly objects: Map<string, Buffer>;
  readonly seen: readonly SeenRequest[];
  /** Uploads in parts that are neither complete nor aborted. */
  readonly uploads: ReadonlyMap<string, unknown>;
  script: Script;
  close(): Promise<void>;
}

/** What the server does with a request that nothing is done to. */
export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

export interface Backend {
  readonly objects: Map<string, Buffer>;
  readonly uploads: ReadonlyMap<string, unknown>;
  answer(request: SeenRequest, headers: IncomingMessage['headers'], body: Buffer): Answer;
}

/** A server of a protocol that does, request by request, what a script says. */
export async function startHostileServer(backend: Backend): Promise<HostileServer> {
  const seen: SeenRequest[] = [];
  const sockets = new Set<Socket>();
  const hostile = { script: (() => null) as Script };
  const server = createServer((request, response) => {
    const url = new URL(request.url!, 'http://localhost');
    const key = decodeURIComponent(url.pathname.split('/').slice(2).join('/'));
    const one = { method: request.method!, key, query: url.searchParams, index: seen.length };
    seen.push(one);
    const trick = hostile.script(one) ?? {};
    void play({ backend, request, response, one, trick });
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(hostile, {
    endpoint: `http://127.0.0.1:${port}`,
    objects: backend.objects,
    uploads: backend.uploads,
    seen,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

interface Play {
  readonly backend: Backend;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly one: SeenRequest;
  readonly trick: Trick;
}

async function play({ backend, request, response, one, trick }: Play): Promise<void> {
  const body = await readBody(request, trick.cutRequestAt ?? Number.POSITIVE_INFINITY);
  if (body === null || trick.stall === true) return;
  if (trick.status !== undefined) {
    send(
      response,
      { status: trick.status, headers: { ...trick.headers }, body: Buffer.from(trick.body ?? '') },
      one,
    );
    return;
  }
  const stored = one.method === 'PUT' ? (trick.changeBody?.(body) ?? body) : body;
  const answer = backend.answer(one, request.headers, stored);
  if (trick.loseAnswer === true) {
    request.socket.destroy();
    return;
  }
  const given = one.method === 'GET' ? (trick.changeBody?.(answer.body) ?? answer.body) : answer.body;
  const headers = trick.changeHeaders?.(answer.headers) ?? answer.headers;
  send(response, { ...answer, headers, body: given }, one, trick.cutAnswerAt);
}

/** Null when the connection was broken on the way. */
async function readBody(request: IncomingMessage, cutAt: number): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    if (cutAt <= 0) request.socket.destroy();
    for await (const chunk of request as AsyncIterable<Buffer>) {
      length += chunk.length;
      chunks.push(chunk);
      if (length >= cutAt) request.socket.destroy();
    }
  } catch {
    return null;
  }
  return cutAt === Number.POSITIVE_INFINITY ? Buffer.concat(chunks) : null;
}

function send(
  response: ServerResponse,
  { status, headers, body }: Answer,
  { method }: SeenRequest,
  cutAt?: number,
): void {
  const length = headers['content-length'] ?? String(body.length);
  response.writeHead(status, { ...headers, 'content-length': length });
  if (method === 'HEAD') response.end();
  else if (cutAt === undefined) response.end(body);
  else if (cutAt === 0) response.socket!.destroy();
  else response.write(body.subarray(0, cutAt), () => setImmediate(() => response.socket?.destroy()));
}
