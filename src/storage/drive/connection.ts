import type { Readable } from 'node:stream';
import { type drive_v3, drive as openDrive } from '@googleapis/drive';
import type { DriveEndpoints } from '../../ports/drive.ts';
import type { Authorization } from './authorize.ts';
import { asDriveError, type DriveCaller, driveError } from './drive-errors.ts';
import { type DriveAnswer, failureOfAnswer } from './failure.ts';

const googleOrigin = 'https://www.googleapis.com';
/** Of a request that moves no file; the Google client sets none itself. */
const answerMs = 60_000;

export interface DriveRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number;
}

type Call<T> = (
  api: drive_v3.Drive,
  options: { readonly rootUrl: string; readonly retry: boolean; readonly timeout: number },
) => Promise<{ readonly data: T }>;

/** Authorized requests to Google Drive. Nothing is repeated here, but once after a token was renewed. */
export class DriveConnection {
  readonly caller: DriveCaller;
  readonly #auth: Authorization['client'];
  readonly #api: drive_v3.Drive;
  readonly #origin: string;

  constructor({ client, caller }: Authorization, endpoints: DriveEndpoints | undefined) {
    this.caller = caller;
    this.#auth = client;
    this.#origin = endpoints?.origin ?? googleOrigin;
    this.#api = openDrive({ version: 'v3', auth: client });
  }

  /**
   * One call through the client of the Drive API.
   *
   * @param what completes "Cannot …"
   */
  async call<T>(what: string, call: Call<T>, signal?: AbortSignal): Promise<T> {
    // Per call: the client sends uploads to Google when the address is only set for all calls.
    const options = { rootUrl: `${this.#origin}/`, retry: false, timeout: answerMs };
    const cancelable = signal === undefined ? options : { ...options, signal };
    try {
      // The client takes a signal that is aborted already for none.
      signal?.throwIfAborted();
      return (await this.#renewing(() => call(this.#api, cancelable))).data;
    } catch (error) {
      throw asDriveError(what, error, { caller: this.caller, signal });
    }
  }

  /** One request of our own. Resolves with every status but 401; rejects when no answer came. */
  async send(what: string, request: DriveRequest): Promise<DriveAnswer> {
    return this.#request<string>(what, request, 'text');
  }

  /** As `send`, with the body as a stream, which errors when the connection ends early. */
  async open(what: string, request: DriveRequest): Promise<DriveAnswer & { readonly data: Readable }> {
    const answer = await this.#request<Readable>(what, request, 'stream');
    if (answer.status < 300) return answer;
    const data = Buffer.concat(await answer.data.toArray()).toString('utf8');
    throw driveError(what, failureOfAnswer({ ...answer, data }), this.caller);
  }

  url(path: string, query: Readonly<Record<string, string>>): URL {
    return new URL(`${path}?${new URLSearchParams(query)}`, this.#origin);
  }

  /** Whether Google itself would be asked: credentials go nowhere else. */
  isOwn(url: URL): boolean {
    if (url.origin === this.#origin) return true;
    return (
      this.#origin === googleOrigin && url.protocol === 'https:' && url.hostname.endsWith('.googleapis.com')
    );
  }

  async #request<T>(what: string, request: DriveRequest, responseType: 'text' | 'stream') {
    const { method, url, headers = {}, body, signal, timeoutMs } = request;
    try {
      signal?.throwIfAborted();
      const answer = await this.#renewing(() =>
        this.#auth.request<T>({
          ...{ method, url: url.href, headers, responseType, retry: false },
          redirect: 'manual',
          validateStatus: (code) => code !== 401,
          ...(body === undefined ? {} : { data: body }),
          ...(signal === undefined ? {} : { signal }),
          ...(timeoutMs === undefined ? {} : { timeout: timeoutMs }),
        }),
      );
      return { status: answer.status, headers: answer.headers, data: answer.data };
    } catch (error) {
      throw asDriveError(what, error, { caller: this.caller, signal });
    }
  }

  /** A token may be withdrawn before its hour is over. The client could do this, but would repeat after a 403, too. */
  async #renewing<T>(request: () => Promise<T>): Promise<T> {
    try {
      return await request();
    } catch (error) {
      const isRefused = (error as { response?: { status?: number } }).response?.status === 401;
      if (!isRefused || this.#auth.credentials.access_token == null) throw error;
      await this.#auth.refreshAccessToken();
      return request();
    }
  }
}
