import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Waits on this machine for the browser that Google sends back (RFC 8252, 7.3). */
export interface RedirectListener {
  /** `http://127.0.0.1:<port>` */
  readonly uri: string;
  close(): void;
}

/**
 * Listens on a free port of the loopback, for as long as nobody closes it.
 *
 * @param take is given what the browser brings, and says whether it was the answer that is waited for
 */
export async function listenForRedirect(
  take: (query: URLSearchParams) => boolean,
): Promise<RedirectListener> {
  let uri = '';
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', uri);
    // Another name for this address would be a page elsewhere that has the browser ask us (DNS rebinding).
    const isOwn =
      request.headers.host === new URL(uri).host && request.method === 'GET' && url.pathname === '/';
    if (!isOwn || !take(url.searchParams)) return answer(response, 404, 'This is not the answer of a login.');
    return answer(response, 200, 'Holdfast has the answer of Google. This window can be closed.');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  uri = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { uri, close: () => closeServer(server) };
}

function closeServer(server: ReturnType<typeof createServer>): void {
  server.close();
  server.closeIdleConnections();
}

function answer(response: ServerResponse<IncomingMessage>, status: number, text: string): void {
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'cache-control': 'no-store',
    connection: 'close',
  });
  response.end(`${text}\n`);
}
