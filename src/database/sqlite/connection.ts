import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import Database from 'better-sqlite3';
import { AppError, type ErrorCode } from '../../errors.ts';
import { formatDuration } from '../../util/duration.ts';
import { findLockHolders } from './lock-holders.ts';
import { isBusy, isReadOnly, notWritable, toAppError } from './sqlite-errors.ts';

export type Handle = Database.Database;

const pollMs = 10;
/** Rows are read once, in their order: pages that were read are not needed again. */
const cacheKibibytes = 8_192;

export interface ConnectionOptions {
  readonly lockTimeoutMs: number;
  readonly signal: AbortSignal | undefined;
  /** The file to name in messages, where it is not the one that is opened. */
  readonly shownFile: string;
}

/** One connection to a database file, and how long it waits for others. */
export class SqliteConnection {
  readonly handle: Handle;
  /** The file that messages name. */
  readonly file: string;
  readonly options: ConnectionOptions;

  private constructor(file: string, options: ConnectionOptions) {
    this.file = options.shownFile;
    this.options = options;
    // SQLite's own waiting would block this process, signals and all; `waitForLock` waits without it.
    this.handle = new Database(fileName(file), { fileMustExist: true, timeout: 0 });
  }

  /**
   * Opens a file that exists, and reads its beginning.
   *
   * @throws SqliteError; AppError DATABASE.LOCKED
   */
  static async open(file: string, options: ConnectionOptions): Promise<SqliteConnection> {
    const connection = new SqliteConnection(file, options);
    try {
      await connection.beginRead();
      connection.handle.exec('ROLLBACK');
      connection.handle.pragma(`cache_size = -${cacheKibibytes}`);
      // A damaged page is then an error, not a wrong row.
      connection.handle.pragma('cell_size_check = ON');
      return connection;
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  get signal(): AbortSignal | undefined {
    return this.options.signal;
  }

  /** What to throw for a failure: the reason of the abort when there was one, else an AppError as `toAppError` makes it. */
  failure(error: unknown, what: string, otherwise: ErrorCode): unknown {
    if (this.signal?.aborted) return this.signal.reason;
    return isReadOnly(error) ? notWritable(this.file, error) : toAppError(error, what, otherwise);
  }

  /** Begins a transaction that reads one instant of the database. */
  async beginRead(): Promise<void> {
    const begin = () => {
      this.handle.exec('BEGIN');
      try {
        // The instant is that of the first read.
        this.handle.prepare('SELECT count(*) FROM main.sqlite_master').get();
      } catch (error) {
        this.#endTransaction();
        throw error;
      }
    };
    await this.waitForLock(`Cannot read ${this.file}`, begin);
  }

  /** Never throws: a transaction that only read ends with the connection at the latest. */
  #endTransaction(): void {
    try {
      this.handle.exec('ROLLBACK');
    } catch {
      this.handle.close();
    }
  }

  /**
   * Does something that needs a lock, again and again while another connection holds it.
   *
   * @param what what cannot be done without it, for the message: `Cannot read /srv/app.db`
   * @throws AppError DATABASE.LOCKED when the time is over; other errors as they come
   */
  async waitForLock<T>(what: string, action: () => T | Promise<T>): Promise<T> {
    const deadline = performance.now() + this.options.lockTimeoutMs;
    for (;;) {
      this.signal?.throwIfAborted();
      try {
        return await action();
      } catch (error) {
        if (!isBusy(error)) throw error;
        if (performance.now() >= deadline) throw await this.#lockedError(what, error);
      }
      await sleep(pollMs);
    }
  }

  /** Ends the connection, taking back what is not committed. Safe to call twice. */
  close(): void {
    this.handle.close();
  }

  async #lockedError(what: string, cause: unknown): Promise<AppError> {
    const holders = await findLockHolders(this.file);
    const who = holders.length === 0 ? 'another process' : holders.join(', ');
    return new AppError(
      'DATABASE.LOCKED',
      `${what}: ${who} did not release the lock within ${formatDuration(this.options.lockTimeoutMs)}`,
      {
        hint: `Stop ${holders.length === 0 ? 'the application or tool that writes to it' : who}, or wait longer with --lock-timeout.`,
        cause,
      },
    );
  }
}

/** The driver trims names; as a URI a name keeps its spaces. */
function fileName(file: string): string {
  return file.trim() === file ? file : pathToFileURL(file).href;
}
