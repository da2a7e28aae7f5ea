import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';

export interface HttpCall {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | null;
  readonly signal?: AbortSignal;
  /** So many more bytes of the body were handed to the network. */
  readonly onSent?: (bytes: number) => void;
}

const sliceBytes = 64 * 1024;

/**
 * Connections to one server. The length of every body is said beforehand, redirects are not followed, and nothing is
 * repeated.
 */
export class HttpConnections {
  readonly #http = new HttpAgent({ keepAlive: true, maxSockets: 4 });
  readonly #https = new HttpsAgent({ keepAlive: true, maxSockets: 4 });

  /** Resolves with the head of the answer; its body is to be read or destroyed. Rejects with what Node says. */
  send(call: HttpCall): Promise<IncomingMessage> {
    const { method, url, body, signal } = call;
    const isSecure = url.protocol === 'https:';
    const length = body === null ? {} : { 'content-length': String(body.length) };
    return new Promise((resolve, reject) => {
      const options = {
        method,
        headers: { ...call.headers, ...length },
        agent: isSecure ? this.#https : this.#http,
        ...(signal === undefined ? {} : { signal }),
      };
      const request = (isSecure ? httpsRequest : httpRequest)(url, options, resolve);
      request.once('error', (error) => reject(signal?.aborted === true ? signal.reason : error));
      writeSlices(request, call);
    });
  }

  close(): void {
    this.#http.destroy();
    this.#https.destroy();
  }
}

/** In slices, so that a slow but living connection is seen to move. */
function writeSlices(request: ReturnType<typeof httpRequest>, { body, onSent }: HttpCall): void {
  if (body === null || body.length === 0) {
    request.end();
    return;
  }
  const writeFrom = (at: number): void => {
    if (at >= body.length) {
      request.end();
      return;
    }
    const slice = body.subarray(at, at + sliceBytes);
    request.write(slice, (error) => {
      // A failure is told by the request's own event.
      if (error) return;
      onSent?.(slice.length);
      writeFrom(at + slice.length);
    });
  };
  writeFrom(0);
}

/**
 * The whole of a small body, as text.
 *
 * @throws Error when it is larger than that, or breaks off
 */
export async function readText(response: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBytes) throw new Error(`the answer is longer than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
