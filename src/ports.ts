import type { ClockRecord } from './retention/clock-watch.ts';
import type { RowSource } from './snapshot/rows.ts';
import type { Sidecar } from './snapshot/sidecar.ts';
import type {
  ForeignKey,
  LeftOut,
  Provider,
  SchemaStatement,
  SequenceState,
  TableDefinition,
  TableName,
} from './snapshot/table.ts';
import type { PartialFile } from './util/atomic-file.ts';

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
   * Copies the stored bytes of a database that cannot be read, with all files that belong to it, into the folder
   * under the given base name, durable when it returns; the paths written. Null where the engine has no such files.
   */
  copyRaw(target: DatabaseTarget, folder: string, baseName: string): Promise<readonly string[] | null>;
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
  /** Finishes what an interrupted restore left to do, from what its journal holds; may be repeated. */
  finishRestore(journal: RestoreJournal): Promise<void>;
  close(): Promise<void>;
}

export interface ReadOptions {
  /** Only these columns, in this order; default all of the table's. */
  readonly columns?: readonly string[];
}

/** One instant of the database. */
export interface DatabaseSnapshot {
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

export interface Clock {
  now(): Date;
}

/** Receives what a long operation is doing. Calls are cheap and may be many. */
export interface Progress {
  /** A new phase began, such as `reading`; `total` is an estimate in rows, null when there are none or it is unknown. */
  phase(label: string, total: number | null): void;
  /** What the phase is at now, such as a table's name. */
  item(name: string): void;
  /** So many more rows of the phase are done. */
  advance(rows: number): void;
  /** A sentence that the operator should read; never a secret. */
  note(message: string): void;
}

/** Opens whatever database a target names. */
export interface Engines {
  /** As `Engine.open`. */
  open(target: DatabaseTarget, options: OpenOptions): Promise<Database>;
  /** As `Engine.identify`. */
  identify(target: DatabaseTarget): Promise<DatabaseIdentity>;
  /** As `Engine.copyRaw`. */
  copyRaw(target: DatabaseTarget, folder: string, baseName: string): Promise<readonly string[] | null>;
}

/** A snapshot file in a backup folder, or anywhere else when it was named by its path. */
export interface StoredSnapshot {
  /** Without folder and ending: `daily-backup-2026-11-20`. */
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
  /** Null when the file is not a readable snapshot. A lost sidecar is made again from the file, unverified. */
  readonly sidecar: Sidecar | null;
}

/** What a restore writes down before it begins, and once more when it has ended: the last one is kept. */
export interface RestoreRecord extends RestoreJournal {
  readonly command: 'restore' | 'undo';
  readonly started: string;
  /** Null while it runs, and for ever when it died: then `statements` may be left to do. */
  readonly finished: string | null;
  readonly target: DatabaseIdentity;
  /** The path of what was restored. */
  readonly snapshot: string;
  /** The path of the safety snapshot, or null when none was taken. */
  readonly safety: string | null;
}

export interface ListOptions {
  /** Make lost sidecars again from their files, which reads the files whole; default true. */
  readonly remake?: boolean;
}

export interface FolderState {
  readonly isWritable: boolean;
  /** Whether others than the owner may add and remove files. */
  readonly isWritableByOthers: boolean;
  /** Names of snapshots that others than the owner can read. */
  readonly readableByOthers: readonly string[];
}

/** One run of a command that changes something. */
export interface RunEntry {
  readonly id: string;
  readonly command: string;
  readonly started: string;
  /** Null while it runs, and for ever when it died. */
  readonly finished: string | null;
  readonly ok: boolean | null;
  /** The process, on the machine where it ran. */
  readonly process: number;
  /** What the command was asked for, such as the reference of a snapshot; not kept in the log of runs. */
  readonly subject?: string;
}

/** A short log of what `health` has to know. Losing it loses no decision. */
export interface RunLog {
  readonly last: RunEntry | null;
  readonly lastSuccess: { readonly command: string; readonly finished: string } | null;
  /** Of backups, since the last one that went well. */
  readonly consecutiveFailures: number;
  readonly lastError: string | null;
  readonly clock: ClockRecord;
}

/** How a run ended: its result, which is the command's JSON document, or what it threw. */
export type RunOutcome = { readonly result: object } | { readonly error: unknown };

/**
 * Is told of every run of a command that changes something: before its work begins and after it has ended. Rejections
 * are noted for the operator and never change the run.
 */
export interface RunObserver {
  began(run: RunEntry): Promise<void>;
  ended(run: RunEntry, outcome: RunOutcome): Promise<void>;
}

/** How a recorded run ended; `running` also for ever when it died. */
export type RunResult =
  | 'running'
  | 'succeeded'
  | 'findings'
  | 'failed'
  | 'declined'
  | 'locked'
  | 'interrupted';

/** What became of one message on one channel. */
export interface Delivery {
  /** The channel's kind and name, never its address: `webhook ops`. */
  readonly channel: string;
  readonly what: NoticeKind | HeartbeatSignal;
  readonly ok: boolean;
  /** What the other side said, or why nothing got through; no secrets. */
  readonly message: string;
}

/** One run as the history keeps it. Instants are UTC in ISO form. */
export interface HistoryRun {
  readonly id: string;
  readonly command: string;
  /** What the command was asked for, such as the reference of a snapshot. */
  readonly subject: string | null;
  /** `user@host` */
  readonly who: string;
  readonly process: number;
  readonly tool: string;
  readonly started: string;
  readonly finished: string | null;
  readonly result: RunResult;
  /** Without secrets: `app on db.example.com:5432`, or the path of a file. */
  readonly database: string | null;
  readonly snapshot: string | null;
  /** How many tables were read or changed. */
  readonly tables: number | null;
  /** How many rows were read or changed. */
  readonly rows: number | null;
  /** The size of what was written or deleted. */
  readonly bytes: number | null;
  readonly durationMs: number | null;
  readonly error: { readonly code: string; readonly message: string } | null;
  /** Lists that belong to the run, such as the rows of each table. */
  readonly details: { readonly [list: string]: readonly (string | object)[] } | null;
  readonly deliveries: readonly Delivery[];
}

export interface HistoryQuery {
  readonly command: string | null;
  readonly result: RunResult | null;
  readonly since: Date | null;
  /** A part of the snapshot's name. */
  readonly snapshot: string | null;
  /** The newest so many; null for all. */
  readonly limit: number | null;
}

export interface KeptSetting {
  readonly name: string;
  readonly value: string;
  /** When a run first used this value. */
  readonly changed: string;
}

/** A failure, or a finding, that is not over. */
export interface Alarm {
  readonly since: string;
  /** How many runs in a row. */
  readonly count: number;
  /** What it is about; another digest is other news. */
  readonly digest: string;
  /** When it was last told of; null when it never was. */
  readonly sent: string | null;
}

/** Holdfast's own database of runs. A log: no decision about snapshots depends on it. */
export interface History {
  /** Adds the run, or replaces the one with its id. Durable when it resolves. */
  save(run: HistoryRun): Promise<void>;
  /** Notes the settings that a run used; those whose value is as before keep their date. */
  saveSettings(settings: Readonly<Record<string, string>>, run: { id: string; at: Date }): Promise<void>;
  /** The newest first. */
  runs(query: HistoryQuery): Promise<readonly HistoryRun[]>;
  settings(): Promise<readonly KeptSetting[]>;
  readAlarm(name: string): Promise<Alarm | null>;
  /** Null ends the alarm. */
  writeAlarm(name: string, alarm: Alarm | null): Promise<void>;
  close(): Promise<void>;
}

export type NoticeKind = 'failure' | 'recovery' | 'findings';
export type HeartbeatSignal = 'start' | 'success' | 'fail';

/** A message about a run. It holds names and numbers, never the application's data, and no secrets. */
export interface Notice {
  readonly kind: NoticeKind;
  /** Sent by `notify test`, and said so in the text. */
  readonly isTest: boolean;
  readonly command: string;
  /** The name of the application's folder. */
  readonly application: string;
  readonly host: string;
  readonly run: string;
  readonly started: string;
  readonly durationMs: number | null;
  readonly snapshot: string | null;
  readonly rows: number | null;
  readonly bytes: number | null;
  readonly error: { readonly code: string; readonly message: string } | null;
  /** Sentences, the most important first. */
  readonly findings: readonly string[];
  /** How many runs in a row had the failure or the findings that this is about, and since when. */
  readonly count: number;
  readonly since: string | null;
  readonly tool: string;
}

/** What the template of a webhook may name; `title` and `text` are the whole message for people. */
export type NoticeField = Exclude<keyof Notice, 'isTest'> | 'test' | 'title' | 'text' | 'errorCode';

/** The operator's channels. Calls never reject and end within a limit of time; each channel tells how it went. */
export interface Notifier {
  /** How long a failure that goes on is not told of again. */
  readonly remindAfterMs: number;
  /** Whether any channel takes messages of this kind. */
  wants(kind: NoticeKind): boolean;
  /** Sends to every channel that wants it, at the same time. */
  send(notice: Notice): Promise<readonly Delivery[]>;
  /** Tells every heartbeat address that a backup began or ended. */
  beat(signal: HeartbeatSignal, text: string): Promise<readonly Delivery[]>;
}

interface CommonChannel {
  /** Tells channels of one kind apart: `ops`; empty for an only one. */
  readonly name: string;
  /** Which messages it takes. */
  readonly on: readonly NoticeKind[];
}

/** Where an HTTP request goes. Address and headers are secrets. */
export interface HttpAddress {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface WebhookSettings extends CommonChannel, HttpAddress {
  readonly kind: 'webhook';
  /** A JSON value with `{{names}}` in its texts. */
  readonly template: unknown;
  /** Whether `&`, `<` and `>` stand for something in the texts, as in Slack. */
  readonly escapesMarkup: boolean;
}

export interface MailSettings extends CommonChannel {
  readonly kind: 'mail';
  readonly host: string;
  readonly port: number;
  /** `tls` from the first byte, `starttls` required, or `none`. */
  readonly security: 'tls' | 'starttls' | 'none';
  readonly auth: { readonly user: string; readonly password: string } | null;
  /** PEM text of a certificate authority to trust instead of the public ones. */
  readonly ca: string | null;
  readonly from: string;
  readonly to: readonly string[];
}

export interface HeartbeatSettings extends CommonChannel, HttpAddress {
  readonly kind: 'heartbeat';
}

/** A channel that was asked for and cannot work: each message on it fails with this reason. */
export interface UnusableChannel extends CommonChannel {
  readonly kind: 'unusable';
  readonly channel: 'webhook' | 'mail' | 'heartbeat';
  readonly reason: string;
}

export type ChannelSettings = WebhookSettings | MailSettings | HeartbeatSettings | UnusableChannel;

export interface NotificationSettings {
  readonly channels: readonly ChannelSettings[];
  readonly remindAfterMs: number;
}

/** The crontab of the user, as text with one character for each byte: nobody knows how others have encoded theirs. */
export interface Crontab {
  /**
   * The whole text; empty when the user has none.
   *
   * @throws AppError SCHEDULE.CRONTAB
   */
  read(): Promise<string>;
  /**
   * Puts this text in its place.
   *
   * @throws AppError SCHEDULE.CRONTAB; the crontab is then as it was
   */
  write(text: string): Promise<void>;
}

/** The folder in which the snapshots of one database are kept. Methods that write need its run lock. */
export interface BackupFolder {
  readonly path: string;
  /** The folder for snapshots of another database that a command was told to restore into. */
  folderFor(identity: DatabaseIdentity): BackupFolder;
  /** True when the folder is there; reading commands take a missing one for empty. */
  exists(): Promise<boolean>;
  /**
   * Takes the run lock, making the folder where it is missing, and removes what dead runs left in it. The lock ends
   * with `release`, or with the process.
   *
   * @throws AppError RUN.LOCKED, FOLDER.NOT_WRITABLE
   */
  lock(): Promise<RunLock>;
  /**
   * All snapshots, the newest first.
   *
   * @throws AppError FOLDER.IO when the folder cannot be read: an incomplete list is never returned
   */
  list(options?: ListOptions): Promise<readonly StoredSnapshot[]>;
  /**
   * @param reference a path, a name with or without ending, the beginning of an id, or `latest` (the newest snapshot
   * that is not a safety snapshot)
   * @throws AppError SNAPSHOT.NOT_FOUND, SNAPSHOT.AMBIGUOUS
   */
  find(reference: string): Promise<StoredSnapshot>;
  /** The database whose snapshots are here; null when there are none yet. */
  owner(): Promise<DatabaseIdentity | null>;
  freeBytes(): Promise<number>;
  /** A new file without a final name. */
  createPartial(): Promise<PartialFile>;
  /** Writes the checksum file and the sidecar of a snapshot that has its final name. */
  saveSidecar(snapshotPath: string, sidecar: Sidecar): Promise<void>;
  /**
   * Deletes a snapshot of this folder with its sidecar and its checksum. What a death in between leaves is deleted by
   * the next `lock`; until the file itself is gone its sidecar is there.
   *
   * @throws AppError FOLDER.IO, FOLDER.NOT_WRITABLE
   */
  deleteSnapshot(snapshotPath: string): Promise<void>;
  /** How the folder and its files stand; null when the folder is missing. */
  examine(): Promise<FolderState | null>;
  /** The log of runs; null when there is none that can be read. Nothing but alarms depends on it. */
  readRuns(): Promise<RunLog | null>;
  /** Replaces the log of runs in one step; without the folder it does nothing. */
  writeRuns(log: RunLog): Promise<void>;
  /** The last restore into this folder's database; null when there was none, or it left no trace. */
  readLastRestore(): Promise<RestoreRecord | null>;
  /** Durable when it resolves. */
  writeLastRestore(record: RestoreRecord): Promise<void>;
  removeLastRestore(): Promise<void>;
}

export interface RunLock {
  release(): Promise<void>;
}

/** Everything an operation reaches the outside through. */
export interface Ports {
  readonly engines: Engines;
  readonly folder: BackupFolder;
  readonly clock: Clock;
  readonly progress: Progress;
  /** A new random id, 16 hex digits. */
  readonly newId: () => string;
  /** Name and version of this program. */
  readonly tool: string;
  /** The number of this process, and whether one with another number runs. */
  readonly processId: number;
  readonly isProcessAlive: (processId: number) => boolean;
  /** Told of each run: history, notifications. */
  readonly observers?: readonly RunObserver[];
  readonly signal?: AbortSignal;
}
