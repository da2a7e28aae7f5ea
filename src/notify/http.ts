import { describeError, systemCode } from '../errors.ts';
import type { HttpAddress } from '../ports/notifier.ts';
import { redact, secretsOf } from './redact.ts';
import type { Attempt } from './retry.ts';

const mostRedirects = 3;
const mostBytesRead = 2048;

/** Worth another try: too early, too many, or the other side's own trouble. */
const temporaryStatuses: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

export interface HttpMessage {
  readonly body: string;
  readonly contentType: string;
}

/**
 * Sends one POST request. Redirects are followed on the same host only and never from https to http, because the
 * address and its headers are secrets.
 */
export async function post(address: HttpAddress, message: HttpMessage, timeoutMs: number): Promise<Attempt> {
  const secrets = [...secretsOf(address.url), ...Object.values(address.headers)];
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const { response, problem } = await request(address, message, signal);
    if (problem !== null) {
      await response.body?.cancel();
      return { ok: false, message: problem, isTemporary: false, waitMs: null };
    }
    const said = redact(await readStart(response), secrets);
    return describeResponse(response, said);
  } catch (error) {
    const reason = signal.aborted
      ? `no answer within ${formatSeconds(timeoutMs)}`
      : redact(describeFailure(error), secrets);
    return { ok: false, message: reason, isTemporary: true, waitMs: null };
  }
}

async function request(
  { url, headers }: HttpAddress,
  { body, contentType }: HttpMessage,
  signal: AbortSignal,
): Promise<{ response: Response; problem: string | null }> {
  let target = withoutCredentials(url);
  for (let count = 0; ; count++) {
    const response = await fetch(target.url.href, {
      method: 'POST',
      headers: { 'user-agent': 'holdfast', 'content-type': contentType, ...target.headers, ...headers },
      body,
      redirect: 'manual',
      signal,
    });
    const location =
      response.status >= 300 && response.status < 400 ? response.headers.get('location') : null;
    if (location === null) return { response, problem: null };
    const next = URL.canParse(location, target.url.href) ? new URL(location, target.url) : null;
    const problem = refusalOf(target.url, next, count);
    if (problem !== null || next === null) return { response, problem };
    await response.body?.cancel();
    target = { url: next, headers: target.headers };
  }
}

/** Why a redirect is not followed; null when it may be. */
function refusalOf(from: URL, to: URL | null, count: number): string | null {
  if (to === null) return 'it redirects to an address that is none';
  if (to.hostname !== from.hostname) return `it redirects to another host (${to.hostname}), which is refused`;
  if (to.protocol !== 'https:' && to.protocol !== from.protocol)
    return `it redirects from ${from.protocol} to ${to.protocol}, which is refused`;
  return count >= mostRedirects ? `it redirects more than ${mostRedirects} times` : null;
}

/** `fetch` takes no user and password in an address. */
function withoutCredentials(address: string): { url: URL; headers: Record<string, string> } {
  const url = new URL(address);
  const { username, password } = url;
  if (username === '' && password === '') return { url, headers: {} };
  url.username = '';
  url.password = '';
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { url, headers: { authorization: `Basic ${Buffer.from(pair).toString('base64')}` } };
}

function describeResponse(response: Response, said: string): Attempt {
  const { status, ok } = response;
  const message = ok || said === '' ? `HTTP ${status}` : `HTTP ${status}: ${said}`;
  return {
    ok,
    message,
    isTemporary: temporaryStatuses.has(status),
    waitMs: readRetryAfter(response.headers),
  };
}

/** In seconds, or as a date, which counts from the other side's own clock. */
function readRetryAfter(headers: Headers): number | null {
  const text = headers.get('retry-after')?.trim() ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const [untilMs, nowMs] = [Date.parse(text), Date.parse(headers.get('date') ?? '')];
  return Number.isNaN(untilMs) || Number.isNaN(nowMs) ? null : Math.max(0, untilMs - nowMs);
}

/** The beginning of the body; the rest is not waited for. */
async function readStart(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  if (reader === undefined) return '';
  const chunks: Uint8Array[] = [];
  let length = 0;
  while (length < mostBytesRead) {
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
    length += value.length;
  }
  await reader.cancel();
  return Buffer.concat(chunks).toString('utf8', 0, mostBytesRead);
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was closed by the other side',
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the host name cannot be looked up now',
  ETIMEDOUT: 'no connection in time',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  UND_ERR_SOCKET: 'the connection was closed by the other side',
};

/** `fetch failed` says nothing; the cause below it does. */
function describeFailure(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const code = systemCode(cause) ?? firstCode(cause);
  return reasons[code ?? ''] ?? describeError(cause);
}

/** Where a name has several addresses, each has failed in its own way. */
function firstCode(error: unknown): string | undefined {
  return error instanceof AggregateError ? systemCode(error.errors[0]) : undefined;
}

export function formatSeconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}
