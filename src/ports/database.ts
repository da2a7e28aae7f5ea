import type { Seal } from '../crypto/seal.ts';
import type { SnapshotTable } from '../snapshot/header.ts';
import type { RowSource } from '../snapshot/rows.ts';
import type {
  ForeignKey,
  LeftOut,
  Provider,
  SchemaStatement,
  SequenceState,
  TableDefinition,
  TableName,
} from '../snapshot/table.ts';
import type { AccessReport } from './access.ts';
import type { Checkable, CheckQuery } from './check-query.ts';
import type { NextIdTrial, NumberedColumn } from './next-id.ts';

/** Which database, without secrets; equal identities are the same database. */
export interface DatabaseIdentity {
  readonly provider: Provider;
  /** Host and port of the server (`db.example.com:5432`); null for a file. */
  readonly host: string | null;
  /** The database's name on its server, or the absolute path of its file. */
  readonly name: string;
}

/** Where a database is and what of it the application uses. Made by config from a URL. */
export interface DatabaseTarget {
  readonly provider: Provider;
  /** May hold a password: it never reaches a message, a log or a snapshot. */
  readonly url: string;
  /** The absolute path of a database file; null where a server is asked. */
  readonly file: string | null;
  /** Every place where a relative path was looked for, for the hint when `file` does not exist. */
  readonly candidates?: readonly string[];
  /** The database schemas that the application uses; empty means the engine's default. */
  readonly schemas: readonly string[];
  /** Where the URL was found, for messages: `DATABASE_URL in .env`. */
  readonly origin: string;
}

export interface OpenOptions {
  /** How long to wait for a lock that another session holds. */
  readonly lockTimeoutMs: number;
  /** Make a missing or empty database file, for a restore that brings its own schema; default false. */
  readonly create?: boolean;
  /** Aborting it makes every running and later call reject with its reason; open transactions are rolled back. */
  readonly signal?: AbortSignal;
}

export interface Scope {
  /** Read every schema of the database, not only those that the application uses. */
  readonly allSchemas: boolean;
}

/**
 * What the database itself says it holds. Lists are in a stable order: by schema, then by name, both compared by
 * UTF-16 code unit.
 */
export interface Catalogue {
  readonly serverVersion: string;
  /** Every base table in scope, whether or not the Prisma schema knows it. */
  readonly tables: readonly TableDefinition[];
  readonly foreignKeys: readonly ForeignKey[];
  readonly sequences: readonly SequenceState[];
  readonly leftOut: readonly LeftOut[];
  /** Statements that make an empty database hold these tables, in order; constraints after tables. */
  readonly definition: readonly SchemaStatement[];
  /** Tables with triggers that the engine cannot switch off inside a transaction; empty where it can. */
  readonly blockingTriggers: readonly { readonly table: TableName; readonly trigger: string }[];
  /** Sentences for the operator, such as a table whose reading is not transactional. */
  readonly warnings: readonly string[];
  /** The bytes that the tables take in the database; an upper estimate of the snapshot's text. */
  readonly estimatedBytes: number;
}

/** One kind of database. */
export interface Engine {
  readonly provider: Provider;
  /**
   * Connects. Never creates a database; a file only with `create`.
   *
   * @throws AppError DATABASE.UNREACHABLE, AUTHENTICATION, NOT_FOUND, EMPTY_FILE, CORRUPT, UNSUPPORTED, PERMISSION
   */
  open(target: DatabaseTarget, options: OpenOptions): Promise<Database>;
  /** The identity that `open` would report, without connecting. */
  identify(target: DatabaseTarget): DatabaseIdentity;
  /**
   * Copies the stored bytes of a database that cannot be read, with all files that belong to it, durable when it
   * returns; the paths written. Null where the engine has no such files.
   */
  copyRaw(target: DatabaseTarget, copy: RawCopy): Promise<readonly string[] | null>;
  /** A statement for a person, in a session of their own, which shows the rows that a query is about. */
  describeCheck(query: CheckQuery): string;
}

/**
 * Columns of a snapshot file in a private database of Holdfast's own, so that they can be asked what a live database
 * is asked. Nothing of it outlives the process.
 */
export interface ScratchDatabase extends Checkable {
  /**
   * Takes the rows of one table in. `columns` are those that queries will name.
   *
   * @throws AppError SNAPSHOT.CONTENT, DATABASE.FULL
   */
  load(table: SnapshotTable, columns: readonly string[], rows: RowSource): Promise<void>;
  /** Safe to call twice. */
  close(): Promise<void>;
}

/** An open connection. One snapshot or one restore at a time. */
export interface Database {
  readonly identity: DatabaseIdentity;
  /** What a person types to consent: the database's name, or the file's name. */
  readonly confirmName: string;
  /**
   * Opens one instant of the whole scope, and holds it until `close`. Reads never block the application's writes
   * longer than the engine's own snapshot needs.
   *
   * @throws AppError DATABASE.PERMISSION when a table in scope cannot be read, LOCKED when a lock was not given in
   * time (the hint names who holds it), NOT_CONSISTENT, CORRUPT, CHANGED
   */
  openSnapshot(scope: Scope): Promise<DatabaseSnapshot>;
  /**
   * Opens the one transaction of a restore and takes its locks, so that nothing else changes the tables until it ends.
   *
   * @throws AppError DATABASE.LOCKED (the hint names who holds the lock), PERMISSION, RESTORE.TRIGGERS
   */
  openRestore(request: RestoreRequest): Promise<RestoreTransaction>;
  /**
   * Asks what the user may do with what is in scope. Reads no rows and changes nothing; what is forbidden is told, not
   * thrown.
   *
   * @throws AppError DATABASE.LOST, READ
   */
  examineAccess(scope: Scope): Promise<AccessReport>;
  /** The database as one file; absent where it is none. */
  readonly file?: DatabaseFile;
  /**
   * Writes one row into each of these tables in a transaction that is taken back, its id given by the database. Only for
   * the database of a drill: constraints may be down meanwhile, and counters may move.
   */
  tryNextIds(columns: readonly NumberedColumn[]): Promise<readonly NextIdTrial[]>;
  /** Finishes what an interrupted restore left to do, from what its journal holds; may be repeated. */
  finishRestore(journal: RestoreJournal): Promise<void>;
  close(): Promise<void>;
}

/** A database that is one file, which can be copied and replaced as a whole. */
export interface DatabaseFile {
  /**
   * Copies all pages as they are at one instant to a private file that no journal belongs to, and checks them. The
   * caller removes the copy.
   *
   * @throws AppError DATABASE.CORRUPT, LOCKED, FOLDER.FULL
   */
  copy(): Promise<DatabaseFileCopy>;
  /**
   * Checks every page, and counts.
   *
   * @throws AppError DATABASE.CORRUPT
   */
  examine(): Promise<ExaminedFile>;
  /**
   * Puts the pages of the file at `source` in the place of all present ones, in one transaction: other connections see
   * the state before or the state after, whatever happens meanwhile.
   *
   * @param source a private file that no journal belongs to
   * @param instant what `copy` gave: nothing may have been written since; null where that does not matter
   * @throws AppError DATABASE.LOCKED, CHANGED, PERMISSION, FULL, RESTORE.FILE when the file cannot take such pages; the
   * database is then as it was
   */
  replace(source: string, instant: DatabaseInstant | null): Promise<void>;
}

/** Which state of a database file was copied; of meaning only to the connection that gave it. */
export type DatabaseInstant = string;

/** What a database file that was checked as a whole holds. */
export interface ExaminedFile {
  readonly catalogue: Catalogue;
  /** The rows of each table of the catalogue, in its order. */
  readonly rows: readonly number[];
}

/** What was examined is the copy. */
export interface DatabaseFileCopy extends ExaminedFile {
  readonly path: string;
  readonly instant: DatabaseInstant;
  /** Safe to call twice. */
  remove(): Promise<void>;
}

export interface ReadOptions {
  /** Only these columns, in this order; default all of the table's. */
  readonly columns?: readonly string[];
}

/** One instant of the database. */
export interface DatabaseSnapshot extends Checkable {
  readonly catalogue: Catalogue;
  /**
   * Every row of the table as row lines, in the order that is cheapest for the database. Pull-based: nothing is read
   * ahead beyond a few chunks. One table at a time.
   *
   * @throws AppError DATABASE.LOST, READ (a warning of the server, or a value that cannot be read exactly)
   */
  rows(table: TableDefinition, options?: ReadOptions): RowSource;
  /** Ends the transaction. Safe to call twice. */
  close(): Promise<void>;
}

export interface RestoreRequest {
  readonly scope: Scope;
  /** The tables that may be written; their foreign-key neighbours are locked against writes too. */
  readonly tables: readonly TableName[];
  /** Statements to run first, inside the transaction where the engine can, else taken back when it fails. */
  readonly createSchema: readonly SchemaStatement[];
  /** Take triggers down that cannot be switched off, and put them back after the commit. */
  readonly dropTriggers: boolean;
  /** Nobody else knows the tables: restores of the same database neither wait for this one nor keep it waiting. */
  readonly isPrivate?: boolean;
  /** Must be durable when it resolves; called before anything that a rollback does not take back. */
  readonly saveJournal: (journal: RestoreJournal) => Promise<void>;
}

/** What a later run needs to finish a restore that died: SQL to run, in order, each of which may have run already. */
export interface RestoreJournal {
  readonly statements: readonly SchemaStatement[];
}

/**
 * The single transaction of a restore. After any rejection only `rollback` may be called; the database is then as it
 * was before `openRestore` (MySQL: counters of generated ids may be higher).
 */
export interface RestoreTransaction {
  /** Read after the locks were taken (and after `createSchema`). */
  readonly catalogue: Catalogue;
  /** The present rows, uncommitted changes included. Not while an insert or a delete is running. */
  rows(table: TableDefinition, options?: ReadOptions): RowSource;
  /** Empties all these tables at once; rows of other tables stay, also where foreign keys point here. */
  clear(tables: readonly TableName[]): Promise<void>;
  /**
   * Deletes rows by key. Each line of `keys` holds the cells of `table.key`, in that order.
   *
   * @returns how many rows were deleted
   */
  deleteRows(table: TableDefinition, keys: RowSource): Promise<number>;
  /**
   * Inserts rows exactly as given: no trigger, rule, default or foreign key acts on them. `columns` says what each
   * cell of a line is; generated columns among them are left to the database.
   *
   * @returns how many rows were inserted
   * @throws AppError RESTORE.ROW with the table, and the key or the position of the row, and the server's reason;
   * SNAPSHOT.CONTENT when a line is not what its columns say
   */
  insertRows(table: TableDefinition, columns: readonly string[], rows: RowSource): Promise<number>;
  countRows(table: TableName): Promise<number>;
  /** How many child rows have all key columns set and no parent. */
  countOrphans(foreignKey: ForeignKey): Promise<number>;
  /**
   * Sets each counter so that the next id is the saved one, or the first free one where the data is already beyond it
   * (`atLeastCurrent`: nor below what it is now). Engines that can only do this after the commit do it in `commit`.
   *
   * @returns sentences about counters that had to be raised
   */
  setSequences(
    sequences: readonly SequenceState[],
    options: { readonly atLeastCurrent: boolean },
  ): Promise<readonly string[]>;
  /**
   * Puts back every constraint, trigger and rule that was taken down, refreshes what is derived from the tables, and
   * commits. When it resolves the new state is durable.
   *
   * @returns sentences about what could not be put back as it was
   * @throws AppError DATABASE.LOST when whether it was committed is not known
   */
  commit(): Promise<readonly string[]>;
  /**
   * Takes everything back. Safe after any failure, also of the connection, and safe to call twice. Rejects when
   * something that was given to `saveJournal` could not be put back: then the journal must be kept.
   */
  rollback(): Promise<void>;
}

/** Where the bytes of a database go that cannot be read. */
export interface RawCopy {
  readonly folder: string;
  readonly baseName: string;
  /** Encrypts the copies, whose names then end in `.age`. */
  readonly seal?: Seal | undefined;
}

/** Opens whatever database a target names. */
export interface Engines {
  /** As `Engine.open`. */
  open(target: DatabaseTarget, options: OpenOptions): Promise<Database>;
  /** As `Engine.identify`. */
  identify(target: DatabaseTarget): Promise<DatabaseIdentity>;
  /** As `Engine.copyRaw`. */
  copyRaw(target: DatabaseTarget, copy: RawCopy): Promise<readonly string[] | null>;
  /** A function that does what `Engine.describeCheck` of that kind of database does. */
  describeChecks(provider: Provider): Promise<(query: CheckQuery) => string>;
  /** An empty scratch database for the rows of a snapshot of that kind of database. */
  openScratch(provider: Provider): Promise<ScratchDatabase>;
}
