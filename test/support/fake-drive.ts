import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FakeAccounts } from './fake-drive-accounts.ts';
import { createFile, FakeFiles, FakeRefusal, type Resource } from './fake-drive-files.ts';
import { FakeSessions } from './fake-drive-sessions.ts';

/** What a request is about, for scripts of faults. */
export type RequestKind =
  | 'authorize'
  | 'token'
  | 'revoke'
  | 'about'
  | 'ids'
  | 'list'
  | 'look'
  | 'download'
  | 'create'
  | 'small upload'
  | 'session'
  | 'chunk'
  | 'question'
  | 'update'
  | 'delete';

/** What goes wrong with one request of a kind. */
export type Fault = {
  readonly on: RequestKind;
  /** So many requests of the kind go well first, counted from the fault before. */
  readonly after?: number;
  /** On so many requests; once unless it is said. */
  readonly times?: number;
} & (
  | {
      readonly does: 'answer';
      readonly status: number;
      readonly body?: object;
      readonly headers?: Record<string, string>;
    }
  /** The connection is cut when so many bytes of the body have come. */
  | { readonly does: 'cut request'; readonly atByte: number }
  /** The work is done, and the connection is cut instead of an answer, or within its body. */
  | { readonly does: 'lose answer'; readonly atByte?: number }
  | { readonly does: 'stall' }
  /** Runs and goes on as usual. */
  | { readonly does: 'call'; readonly call: () => void }
);

export interface Logged {
  readonly kind: RequestKind;
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
}

/** Marks a body that was cut on its way here. */
class CutRequest extends Error {}

/**
 * Google Drive and Google's OAuth as their documentation describes them, as a real server on the loopback:
 * developers.google.com/workspace/drive/api (manage-uploads, search-files, handle-errors, manage-downloads) and
 * developers.google.com/identity/protocols/oauth2/native-app.
 */
export class FakeDrive {
  readonly accounts = new FakeAccounts();
  readonly files = new FakeFiles();
  readonly sessions = new FakeSessions();
  readonly requests: Logged[] = [];
  readonly #faults: { fault: Fault; skip: number; left: number }[] = [];
  readonly #server = createServer({ requestTimeout: 0 }, (request, response) => {
    this.#serve(request, response).catch((error: unknown) => {
      if (error instanceof CutRequest) return request.socket.destroy();
      if (error instanceof FakeRefusal) return sendJson(response, error.status, error.body, error.headers);
      return sendJson(response, 500, { error: { code: 500, message: String(error) } });
    });
  });

  static async open(): Promise<FakeDrive> {
    const fake = new FakeDrive();
    await new Promise<void>((resolve) => fake.#server.listen(0, '127.0.0.1', resolve));
    return fake;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Adds faults; of several for one kind the first one that is not used up counts. */
  script(...faults: readonly Fault[]): void {
    for (const fault of faults) {
      this.#faults.push({ fault, skip: fault.after ?? 0, left: fault.times ?? 1 });
    }
  }

  clearFaults(): void {
    this.#faults.length = 0;
  }

  count(kind: RequestKind): number {
    return this.requests.filter((request) => request.kind === kind).length;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.origin);
    const kind = kindOf(request, url);
    const { method = 'GET', headers } = request;
    this.requests.push({ kind, method, path: request.url ?? '', headers });
    const fault = this.#nextFault(kind);
    if (fault?.does === 'stall') return;
    if (fault?.does === 'call') fault.call();
    if (fault?.does === 'answer') {
      await readBody(request);
      return sendJson(response, fault.status, fault.body ?? {}, fault.headers);
    }
    const cutAt = fault?.does === 'cut request' ? fault.atByte : null;
    if (cutAt !== null && kind !== 'chunk') {
      await readBody(request, cutAt);
      throw new CutRequest();
    }
    const lost = fault?.does === 'lose answer' ? fault : null;
    const reply: Reply = {
      send: (status, body, extra = {}) => {
        if (lost === null) return send(response, { status, body, headers: extra });
        if (lost.atByte === undefined) return request.socket.destroy();
        response.writeHead(status, { ...extra, 'content-length': body.length });
        response.write(body.subarray(0, lost.atByte), () => request.socket.destroy());
      },
    };
    await this.#answer({ kind, request, url, reply, cutAt });
  }

  #nextFault(kind: RequestKind): Fault | null {
    const entry = this.#faults.find(({ fault, left }) => fault.on === kind && left > 0);
    if (entry === undefined) return null;
    if (entry.skip > 0) {
      entry.skip--;
      return null;
    }
    entry.left--;
    return entry.fault;
  }

  async #answer({ kind, request, url, reply, cutAt }: Work): Promise<void> {
    const json = (body: object, status = 200) =>
      reply.send(status, Buffer.from(JSON.stringify(body)), {
        'content-type': 'application/json; charset=UTF-8',
      });
    const query = url.searchParams;
    if (kind === 'authorize') return reply.send(302, Buffer.alloc(0), this.accounts.authorize(query));
    if (kind === 'token')
      return json(this.accounts.token(new URLSearchParams(String(await readBody(request)))));
    if (kind === 'revoke') return json(this.accounts.revoke(query.get('token') ?? ''));
    const asker = this.accounts.askerOf(request.headers.authorization);
    const { files } = this;
    const id = decodeURIComponent(/\/files\/([^/?]+)$/.exec(url.pathname)?.[1] ?? '');
    switch (kind) {
      case 'about':
        return json(files.about(asker));
      case 'ids':
        return json({
          kind: 'drive#generatedIds',
          space: 'drive',
          ids: files.generateIds(Number(query.get('count') ?? 10)),
        });
      case 'list':
        return json(files.list(asker, query));
      case 'look':
        return json(files.look(asker, id, query));
      case 'download':
        return files.download(asker, { id, query, range: request.headers.range ?? null }, reply.send);
      case 'delete':
        files.delete(asker, id);
        return reply.send(204, Buffer.alloc(0), {});
      case 'update':
        return json(files.update(asker, id, JSON.parse(String(await readBody(request)))));
      case 'create':
        return json(
          createFile(files, asker, { resource: JSON.parse(String(await readBody(request))), query }),
        );
      case 'small upload': {
        const { resource, content } = readMultipart(request, await readBody(request));
        return json(createFile(files, asker, { resource, content, query }));
      }
      case 'session': {
        const resource = JSON.parse(String(await readBody(request))) as Resource;
        const total = Number(request.headers['x-upload-content-length']);
        const uploadId = this.sessions.start(files, asker, { resource, total, query });
        const location = `${this.origin}/upload/drive/v3/files?uploadType=resumable&upload_id=${uploadId}`;
        return reply.send(200, Buffer.alloc(0), { location });
      }
      default: {
        const body = await readBody(request, cutAt ?? Number.POSITIVE_INFINITY);
        const { status, range, file } = this.sessions.put(files, {
          uploadId: query.get('upload_id') ?? '',
          contentRange: request.headers['content-range'] ?? '',
          body,
          isCut: cutAt !== null,
        });
        if (cutAt !== null) throw new CutRequest();
        if (file !== null) return json(file, status);
        return reply.send(status, Buffer.alloc(0), range === null ? {} : { range });
      }
    }
  }
}

interface Reply {
  send(status: number, body: Buffer, headers?: Record<string, string>): void;
}

interface Work {
  readonly kind: RequestKind;
  readonly request: IncomingMessage;
  readonly url: URL;
  readonly reply: Reply;
  readonly cutAt: number | null;
}

function kindOf({ method, headers }: IncomingMessage, url: URL): RequestKind {
  const { pathname, searchParams } = url;
  if (pathname === '/o/oauth2/v2/auth') return 'authorize';
  if (pathname === '/token') return 'token';
  if (pathname === '/revoke') return 'revoke';
  if (pathname === '/drive/v3/about') return 'about';
  if (pathname === '/drive/v3/files/generateIds') return 'ids';
  if (pathname.startsWith('/upload/')) {
    if (method === 'PUT') return headers['content-range']?.includes('*/') ? 'question' : 'chunk';
    return searchParams.get('uploadType') === 'resumable' ? 'session' : 'small upload';
  }
  if (pathname === '/drive/v3/files') return method === 'POST' ? 'create' : 'list';
  if (method === 'DELETE') return 'delete';
  if (method === 'PATCH') return 'update';
  return searchParams.get('alt') === 'media' ? 'download' : 'look';
}

/** The body, or so many bytes of it. */
async function readBody(request: IncomingMessage, atMost = Number.POSITIVE_INFINITY): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    chunks.push(chunk.subarray(0, atMost - length));
    length += chunk.length;
    if (length >= atMost) break;
  }
  return Buffer.concat(chunks);
}

/** multipart/related: the resource, then the content. */
function readMultipart(request: IncomingMessage, body: Buffer): { resource: Resource; content: Buffer } {
  const boundary = /boundary=([\w-]+)/.exec(request.headers['content-type'] ?? '')?.[1] ?? '';
  const [first, second, end] = findAll(body, `--${boundary}`);
  if (end === undefined) throw new FakeRefusal(400, 'badRequest', 'Malformed multipart body.');
  const partOf = (from: number, to: number): Buffer => {
    const start = body.indexOf('\r\n\r\n', from) + 4;
    return body.subarray(start, to - 2);
  };
  return {
    resource: JSON.parse(String(partOf(first!, second!))),
    content: Buffer.from(partOf(second!, end)),
  };
}

function findAll(body: Buffer, text: string): number[] {
  const found: number[] = [];
  for (let at = body.indexOf(text); at >= 0; at = body.indexOf(text, at + 1)) found.push(at);
  return found;
}

function send(
  response: ServerResponse,
  { status, body, headers }: { status: number; body: Buffer; headers: Record<string, string> },
): void {
  response.writeHead(status, { ...headers, 'content-length': body.length });
  response.end(body);
}

function sendJson(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Record<string, string> = {},
): void {
  const text = Buffer.from(JSON.stringify(body));
  send(response, {
    status,
    body: text,
    headers: { 'content-type': 'application/json; charset=UTF-8', ...headers },
  });
}
