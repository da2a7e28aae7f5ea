import { describeError, systemCode } from '../../errors.ts';

/** What Google, or the way to it, has said when a request failed. */
export interface DriveFailure {
  /** Null when no answer came. */
  readonly status: number | null;
  /** Google's own words for the cause, such as `storageQuotaExceeded` or `invalid_grant`. */
  readonly reasons: readonly string[];
  /** One line without secrets. */
  readonly message: string;
  readonly retryAfterMs: number | null;
  /** The system's or the transport's code when no answer came: `ECONNRESET`. */
  readonly networkCode: string | null;
}

export interface DriveAnswer {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  /** The body, as text or parsed. */
  readonly data: unknown;
}

/** Reads an error body: Drive's own form, that of newer Google services, or that of OAuth (RFC 6749, 5.2). */
export function failureOfAnswer({ status, headers, data }: DriveAnswer): DriveFailure {
  const { reasons, message } = readBody(data);
  return {
    status,
    reasons,
    message: message === '' ? `HTTP ${status}` : `HTTP ${status}: ${redact(message)}`,
    retryAfterMs: readRetryAfter(headers),
    networkCode: null,
  };
}

/** Of whatever the Google client has thrown. */
export function failureOfError(error: unknown): DriveFailure {
  const { response } = error as { response?: DriveAnswer };
  if (typeof response?.status === 'number') return failureOfAnswer(response);
  const code = networkCodeOf(error);
  const message = reasonsOfNetwork[code ?? ''] ?? redact(describeError(rootOf(error)));
  return { status: null, reasons: [], message, retryAfterMs: null, networkCode: code };
}

const reasonsOfNetwork: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  ERR_STREAM_PREMATURE_CLOSE: 'the connection was cut',
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the host name cannot be looked up now',
  ETIMEDOUT: 'no answer in time',
  TimeoutError: 'no answer in time',
  AbortError: 'no answer in time',
};

/** The Google client wraps the failure of the connection, once or twice. */
function rootOf(error: unknown): unknown {
  let root = error;
  while (root instanceof Error && root.cause !== undefined) root = root.cause;
  return root;
}

function networkCodeOf(error: unknown): string | null {
  for (let one = error; one instanceof Error; one = one.cause) {
    const code = systemCode(one);
    if (code !== undefined && code !== '') return code;
    if (one.name === 'TimeoutError' || one.name === 'AbortError') return one.name;
  }
  return null;
}

interface ErrorBody {
  readonly error?:
    | string
    | {
        readonly message?: string;
        readonly status?: string;
        readonly errors?: readonly { readonly reason?: string }[];
        readonly details?: readonly { readonly reason?: string }[];
      };
  readonly error_description?: string;
}

function readBody(data: unknown): { reasons: readonly string[]; message: string } {
  const { error, error_description: description } = parse(data);
  if (typeof error === 'string')
    return { reasons: [error], message: [error, description].filter(Boolean).join(': ') };
  if (error === undefined) return { reasons: [], message: '' };
  const reasons = [...(error.errors ?? []), ...(error.details ?? [])].map(({ reason }) => reason);
  return {
    reasons: [...reasons, error.status].filter((reason) => typeof reason === 'string'),
    message: String(error.message ?? ''),
  };
}

function parse(data: unknown): ErrorBody {
  const value = typeof data === 'string' ? parseJson(data) : data;
  return typeof value === 'object' && value !== null ? value : {};
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A proxy on the way answers in HTML: then the status alone tells.
    return null;
  }
}

/** In seconds, or as a date, which counts from the other side's own clock (RFC 9110, 10.2.3). */
function readRetryAfter(headers: DriveAnswer['headers']): number | null {
  const text = headers.get('retry-after')?.trim() ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const [untilMs, nowMs] = [Date.parse(text), Date.parse(headers.get('date') ?? '')];
  return Number.isNaN(untilMs) || Number.isNaN(nowMs) ? null : Math.max(0, untilMs - nowMs);
}

const longestMessage = 300;

/** Whatever looks like a token, a code or the address of an upload session does not leave this folder. */
export function redact(text: string): string {
  const safe = text
    .replace(/\b(?:ya29\.|1\/\/|4\/|GOCSPX-)[\w.~+/-]+/g, '***')
    .replace(/\b((?:upload_id|code|token|refresh_token|client_secret|assertion)=)[^&\s"]+/g, '$1***')
    .replace(/\bBearer\s+\S+/gi, 'Bearer ***')
    .replace(/\s+/g, ' ')
    .trim();
  return safe.length > longestMessage ? `${safe.slice(0, longestMessage)}…` : safe;
}
