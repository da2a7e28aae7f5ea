import { Client, type QueryArrayConfig, type QueryResult, type Submittable } from 'pg';
import { AppError, describeError, type ErrorCode, systemCode } from '../../errors.ts';
import type { DatabaseTarget, OpenOptions } from '../../ports/database.ts';
import { CopyIn } from './copy-in.ts';
import { CopyOut } from './copy-out.ts';
import { toAppError } from './database-errors.ts';
import { type ConnectionAddress, parseAddress, toClientConfig } from './url.ts';

const minVersion = 120_000;

/** A value that a query may be given. */
export type Parameter =
  | string
  | number
  | null
  | readonly string[]
  | readonly number[]
  | readonly (string | null)[];

/** What the driver's typings do not say of its client. */
type WireClient = Client & { readonly connection: { readonly stream: { destroy(error?: Error): void } } };

/**
 * One connection to a server. Everything Holdfast does stands inside explicit transactions with settings that are
 * local to them, so that it also works where a pooler gives each transaction another session.
 */
export class PostgresConnection {
  readonly target: DatabaseTarget;
  readonly lockTimeoutMs: number;
  readonly #client: WireClient;
  readonly #address: ConnectionAddress;
  readonly #usesTls: boolean;
  #signal: AbortSignal | undefined;
  #serverVersion = 0;
  #isLost = false;
  #isClosed = false;

  private constructor(client: Client, usesTls: boolean, target: DatabaseTarget, options: OpenOptions) {
    this.#client = client as WireClient;
    this.#usesTls = usesTls;
    this.#address = parseAddress(target);
    this.#signal = options.signal;
    this.target = target;
    this.lockTimeoutMs = options.lockTimeoutMs;
    client.on('error', () => {
      // The call that runs, or the next one, rejects with what was lost; without a listener the process would end.
      this.#isLost = true;
    });
    client.on('end', () => {
      this.#isLost = true;
    });
    this.#signal?.addEventListener('abort', this.#onAbort);
  }

  /** @throws AppError CONFIG.URL_INVALID, DATABASE.UNREACHABLE, AUTHENTICATION, NOT_FOUND, PERMISSION */
  static async open(target: DatabaseTarget, options: OpenOptions): Promise<PostgresConnection> {
    options.signal?.throwIfAborted();
    const address = parseAddress(target);
    const { client, usesTls } = await connect(address);
    const connection = new PostgresConnection(client, usesTls, target, options);
    try {
      await connection.#readVersion(address);
    } catch (error) {
      await connection.close();
      throw connection.failure(error, `Cannot open database ${address.database}`, 'DATABASE.UNREACHABLE');
    }
    return connection;
  }

  /** As a number: 150018 is 15.18. */
  get serverVersion(): number {
    return this.#serverVersion;
  }

  /** Whether the server can no longer be reached over this connection. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** The rows of one statement; or of the last one, where there are several and no parameters. */
  async query<Row extends object>(sql: string, parameters: readonly Parameter[] = []): Promise<Row[]> {
    const result = await this.#run(sql, parameters);
    return result.rows as Row[];
  }

  /** The rows of one statement as lists of texts; columns may share a name. */
  async queryArrays(sql: string): Promise<(string | null)[][]> {
    const result = await this.#run({ text: sql, rowMode: 'array' }, []);
    return result.rows as unknown as (string | null)[][];
  }

  /** How many rows the statement changed, and the server's word for what it did. */
  async execute(
    sql: string,
    parameters: readonly Parameter[] = [],
  ): Promise<{ readonly rows: number; readonly command: string }> {
    const result = await this.#run(sql, parameters);
    return { rows: result.rowCount ?? 0, command: result.command };
  }

  /** Starts COPY … TO STDOUT; nothing else may run on this connection until it has ended. */
  copyOut(sql: string): CopyOut {
    return this.#submit(new CopyOut(sql));
  }

  /** Starts COPY … FROM STDIN; nothing else may run on this connection until it has ended. */
  copyIn(sql: string): CopyIn {
    return this.#submit(new CopyIn(sql));
  }

  /** Asks the server, over a second connection, to stop what this session is running. */
  async cancel(backendPid: number): Promise<void> {
    const client = new Client(toClientConfig(this.#address, this.#usesTls));
    try {
      await client.connect();
      await client.query('SELECT pg_cancel_backend($1)', [backendPid]);
    } finally {
      await client.end();
    }
  }

  /** From here on an abort is not heard: what runs now has to come to an end that is known. */
  ignoreAbort(): void {
    this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#signal = undefined;
  }

  /** Ends the connection at once; what was not committed is taken back by the server. */
  destroy(): void {
    this.#isLost = true;
    this.#client.connection.stream.destroy();
  }

  /** Ends the connection. Safe to call twice. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#signal?.removeEventListener('abort', this.#onAbort);
    if (this.#isLost) return this.destroy();
    await this.#client.end();
  }

  /**
   * What to throw for an error of a call: the reason of the abort where there was one, else what the error is to the
   * operator.
   *
   * @param what what could not be done, without a trailing dot
   * @param otherwise the code where the server's own says nothing more exact
   */
  failure(error: unknown, what: string, otherwise: ErrorCode): unknown {
    return this.#signal?.aborted === true ? this.#signal.reason : toAppError(error, what, otherwise);
  }

  readonly #onAbort = (): void => {
    this.destroy();
  };

  async #readVersion(address: ConnectionAddress): Promise<void> {
    const [row] = await this.query<{ version: number; product: string }>(
      `SELECT current_setting('server_version_num')::int AS version, version() AS product`,
    );
    this.#serverVersion = row!.version;
    if (row!.version >= minVersion && row!.product.startsWith('PostgreSQL ')) return;
    throw new AppError(
      'DATABASE.UNSUPPORTED',
      `Cannot use ${address.database}: its server is ${row!.product}`,
      {
        hint: 'Holdfast reads PostgreSQL from version 12 on.',
      },
    );
  }

  async #run(sql: string | QueryArrayConfig, parameters: readonly Parameter[]): Promise<QueryResult> {
    this.#assertUsable();
    try {
      const result: unknown =
        parameters.length === 0
          ? await this.#client.query(sql as string)
          : await this.#client.query(sql as string, [...parameters]);
      // Several statements in one text give a list of results.
      return (Array.isArray(result) ? result.at(-1) : result) as QueryResult;
    } catch (error) {
      throw this.#signal?.aborted === true ? this.#signal.reason : error;
    }
  }

  #submit<Query extends Submittable>(query: Query): Query {
    this.#assertUsable();
    return this.#client.query(query);
  }

  #assertUsable(): void {
    this.#signal?.throwIfAborted();
    if (!this.#isLost && !this.#isClosed) return;
    throw new AppError('DATABASE.LOST', `The connection to database ${this.#address.database} is lost`, {
      hint: 'Check the server and the network, then run the command again.',
    });
  }
}

async function connect(address: ConnectionAddress): Promise<{ client: Client; usesTls: boolean }> {
  if (address.tlsUse !== 'preferred') {
    const usesTls = address.tlsUse === 'required';
    return { client: await connectOnce(address, usesTls).catch(fail(address)), usesTls };
  }
  try {
    return { client: await connectOnce(address, true), usesTls: true };
  } catch (error) {
    if (!isWorthPlainTry(error)) return fail(address)(error);
    return { client: await connectOnce(address, false).catch(fail(address)), usesTls: false };
  }
}

async function connectOnce(address: ConnectionAddress, useTls: boolean): Promise<Client> {
  const client = new Client(toClientConfig(address, useTls));
  // A socket that fails after the rejection below would otherwise end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
}

/** As libpq's `prefer`: a server without TLS, one that breaks its handshake, or one that only admits plain sessions. */
function isWorthPlainTry(error: unknown): boolean {
  const code = systemCode(error);
  return /does not support SSL|SSL|TLS|pg_hba\.conf/i.test(describeError(error)) || code === 'EPROTO';
}

function fail(address: ConnectionAddress): (error: unknown) => never {
  const { host, port, user, database, origin } = address;
  const who = user === undefined ? '' : ` as ${user}`;
  const what = `Cannot connect to database ${database} on ${host}:${port}${who}`;
  return (error) => {
    const message = describeError(error);
    if (/password must be a (non-empty )?string/.test(message)) {
      throw new AppError(
        'DATABASE.AUTHENTICATION',
        `${what}: the server asks for a password and the URL has none`,
        {
          hint: `Put the password into ${origin}, percent-encoded.`,
          cause: error,
        },
      );
    }
    const known = toAppError(error, what, 'DATABASE.UNREACHABLE');
    const isLost = known.code === 'DATABASE.LOST';
    throw new AppError(isLost ? 'DATABASE.UNREACHABLE' : known.code, known.message, {
      hint: connectHint(known.code, origin),
      cause: error,
    });
  };
}

/** What to look at when a connection fails, by what the failure is; `origin` says where the address was found. */
function connectHint(code: ErrorCode, origin: string): string {
  switch (code) {
    case 'DATABASE.AUTHENTICATION':
      return `Check the user and the password in ${origin} (special characters percent-encoded).`;
    case 'DATABASE.NOT_FOUND':
      return `Check the database name at the end of ${origin}, or create the database first.`;
    case 'DATABASE.PERMISSION':
      return 'Grant the role CONNECT on the database.';
    default:
      return `Check that the server runs, and the host and the port in ${origin}.`;
  }
}
