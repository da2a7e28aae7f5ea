import path from 'node:path';
import { loadSettings } from '../config/load-settings.ts';
import type { Settings } from '../config/settings.ts';
import type { AutoResult } from '../operations/auto-request.ts';
import type { TierServed } from '../operations/back-up-tier.ts';
import type { BackupResult } from '../operations/backup.ts';
import type { CleanupResult } from '../operations/cleanup.ts';
import type { DeleteResult } from '../operations/delete-snapshot.ts';
import type { DoctorResult } from '../operations/doctor.ts';
import type { DrillResult } from '../operations/drilling/request.ts';
import type { HealthResult } from '../operations/health.ts';
import type { HistoryResult } from '../operations/history.ts';
import type { ListResult } from '../operations/list-snapshots.ts';
import type { PinResult } from '../operations/pin-snapshot.ts';
import type { ReportResult } from '../operations/report.ts';
import type { RestoreResult } from '../operations/restoring/request.ts';
import type { ShownOutside, ShowResult } from '../operations/show-snapshot.ts';
import type { SyncResult } from '../operations/sync.ts';
import type { ValidateBackupResult } from '../operations/validate-backup.ts';
import type { ValidateDataResult } from '../operations/validate-data.ts';
import type { VerifyRemoteResult } from '../operations/verify-remote.ts';
import { runAuto } from './auto.ts';
import { type BackupOptions, backUp } from './backup.ts';
import { type CallOptions, runCall } from './call.ts';
import { type CleanupOptions, cleanUp } from './cleanup.ts';
import { type DeleteOptions, deleteOne } from './delete.ts';
import { type DoctorOptions, runDoctor } from './doctor.ts';
import { type DrillOptions, runDrill } from './drill.ts';
import { type ExportOptions, exportRecords, type WrittenExport } from './export.ts';
import { type ExportSqlOptions, exportAsSql, type WrittenSql } from './export-sql.ts';
import { checkHealth } from './health.ts';
import { type HistoryOptions, readHistory } from './history.ts';
import { type ListOptions, listAll } from './list.ts';
import { setPin } from './pin.ts';
import { type ReportOptions, writeReport } from './report.ts';
import { type RestoreOptions, restoreSnapshot, type UndoOptions, undoRestore } from './restore.ts';
import type { SettingsCall } from './scheduled-program.ts';
import { parseRows, type ShowRowsOptions, type ShowRowsResult, showOne, showRowsOf } from './show.ts';
import { type SyncOptions, syncTargets } from './sync.ts';
import { validateOne } from './validate-backup.ts';
import { checkData, type ValidateDataOptions } from './validate-data.ts';
import { type VerifyRemoteOptions, verifyCopies } from './verify-remote.ts';
import type { Workspace } from './workspace.ts';

/** Where the application is. Relative paths start from the working directory. */
export interface HoldfastOptions {
  /** The application's folder: `.env`, `prisma.config.*`, the schema and `holdfast.config.json` are read there. Default: the working directory. */
  readonly app?: string;
  /**
   * Environment variables to go by, before those of `.env`. Default: none, whatever the environment of this process
   * holds; pass `process.env` to use that.
   */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The database's address; default: the one that the application's Prisma would use. */
  readonly url?: string;
  /** The variable that holds the database's address. */
  readonly urlEnv?: string;
  /** The backup folder; default: BACKUP_DIR, else `backups` in the application's folder. */
  readonly dir?: string;
  /** The Prisma schema, a file or a folder. */
  readonly schema?: string;
  /** Another `holdfast.config.json`, or a `prisma.config.*`. */
  readonly config?: string;
  /** age recipients that snapshots are encrypted for; default: those of the settings. */
  readonly encrypt?: readonly string[];
  /** The identity file that opens encrypted snapshots; default: that of the settings. */
  readonly identity?: string;
  /** A file that holds a passphrase, in place of recipients and identity. */
  readonly passphraseFile?: string;
}

/**
 * Reads the settings of an application. Opens and changes nothing.
 *
 * @throws AppError CONFIG.SETTING, CONFIG.FILE, USAGE
 */
export async function openHoldfast(options: HoldfastOptions = {}): Promise<Holdfast> {
  const { env = {}, url, ...flags } = options;
  const cwd = process.cwd();
  const settings = await loadSettings({
    cwd,
    env,
    flags,
    ...(url === undefined ? {} : { url }),
  });
  return new Holdfast(settings, { ...flags, cwd });
}

/**
 * The commands of one application for programs. Every call returns what the command prints with `--json`, rejects with
 * an AppError whose `code` is listed in docs/CLI.md, and never prints, asks or exits. Calls keep nothing open; one that
 * changes something, while another such call or command works in the same backup folder, rejects with RUN.LOCKED.
 */
export class Holdfast {
  /** The absolute path of the backup folder. */
  readonly folder: string;
  /** What is odd about the settings, in sentences. */
  readonly warnings: readonly string[];
  readonly #settings: Settings;
  readonly #call: SettingsCall;

  /** Use `openHoldfast`. */
  constructor(settings: Settings, call: SettingsCall) {
    this.#settings = settings;
    this.#call = call;
    this.folder = settings.backupDir;
    this.warnings = settings.warnings;
  }

  /** Takes a snapshot of the whole database, verified before it gets its name. With `tier`, `snapshot` is null where the period has one. */
  backup(options: BackupOptions & CallOptions = {}): Promise<BackupResult | TierServed> {
    return this.#run(options, (workspace) => backUp(workspace, options));
  }

  /** Brings the rows of a snapshot back, all or nothing. A database that holds rows needs `confirm`, else RESTORE.CONSENT. */
  restore(reference: string, options: RestoreOptions & CallOptions = {}): Promise<RestoreResult> {
    return this.#run(options, (workspace) => restoreSnapshot(workspace, reference, options));
  }

  /** Brings back what the last restore replaced. */
  undo(options: UndoOptions & CallOptions = {}): Promise<RestoreResult> {
    return this.#run(options, (workspace) => undoRestore(workspace, options));
  }

  /** Restores a snapshot into a database of its own, proves what came back, and drops it; `ok` is false where there are findings. */
  drill(options: DrillOptions & CallOptions = {}): Promise<DrillResult> {
    return this.#run(options, (workspace) => runDrill(workspace, options));
  }

  /** The snapshots of the backup folder, the newest first; with `all` also how each stands on the targets. */
  list(options: ListOptions & CallOptions = {}): Promise<ListResult> {
    return this.#run(options, (workspace) => listAll(workspace, options));
  }

  /** The header of a snapshot, its tables, and what was left out; of an encrypted one without its key, the outside. */
  show(reference: string, options: CallOptions = {}): Promise<ShowResult | ShownOutside> {
    return this.#run(options, (workspace) => showOne(workspace, reference));
  }

  /** The first rows of one model or table of a snapshot. */
  showRows(
    reference: string,
    model: string,
    options: ShowRowsOptions & CallOptions = {},
  ): Promise<ShowRowsResult> {
    return this.#run(options, async (workspace) =>
      parseRows(await showRowsOf(workspace, { ...options, reference, tableName: model })),
    );
  }

  /** Reads every byte of a snapshot; `ok` is false and `findings` say where something is damaged. */
  validateBackup(reference: string, options: CallOptions = {}): Promise<ValidateBackupResult> {
    return this.#run(options, (workspace) => validateOne(workspace, reference));
  }

  /** Checks the data of the database, or of a snapshot; `ok` is false where there are findings. Reads only. */
  validateData(options: ValidateDataOptions & CallOptions = {}): Promise<ValidateDataResult> {
    return this.#run(options, (workspace) => checkData(workspace, options));
  }

  /** Writes the rows of a snapshot as CSV or NDJSON, one file for each model; all of them, or none. */
  export(reference: string, options: ExportOptions & CallOptions): Promise<WrittenExport> {
    const { cwd } = this.#call;
    return this.#run(options, (workspace) => exportRecords(workspace, reference, { ...options, cwd }));
  }

  /** Writes a snapshot as SQL. A file is there only when it is whole; what a stream got may not be, after a rejection. */
  exportSql(reference: string, options: ExportSqlOptions & CallOptions): Promise<WrittenSql> {
    const { output } = options;
    const resolved = typeof output === 'string' ? path.resolve(this.#call.cwd, output) : output;
    return this.#run(options, (workspace) =>
      exportAsSql(workspace, reference, { ...options, output: resolved }),
    );
  }

  /** Takes the snapshot that is due by the schedule, if one is, and cleans up. */
  auto(options: CallOptions = {}): Promise<AutoResult> {
    return this.#run(options, runAuto);
  }

  /** Deletes the snapshots that the policy no longer keeps. */
  cleanup(options: CleanupOptions & CallOptions = {}): Promise<CleanupResult> {
    return this.#run(options, (workspace) => cleanUp(workspace, options));
  }

  /** Keeps a snapshot for ever. */
  pin(reference: string, options: CallOptions = {}): Promise<PinResult> {
    return this.#run(options, (workspace) => setPin(workspace, { reference, pinned: true }));
  }

  /** Takes the pin away. */
  unpin(reference: string, options: CallOptions = {}): Promise<PinResult> {
    return this.#run(options, (workspace) => setPin(workspace, { reference, pinned: false }));
  }

  /** Deletes one snapshot for good; needs `confirm`, else CONSENT.MISSING. */
  delete(reference: string, options: DeleteOptions & CallOptions = {}): Promise<DeleteResult> {
    return this.#run(options, (workspace) => deleteOne(workspace, reference, options));
  }

  /** Copies what is missing on the targets, or here; deletes and replaces nothing. A target that fails says so in its place. */
  sync(options: SyncOptions & CallOptions = {}): Promise<SyncResult> {
    return this.#run(options, (workspace) => syncTargets(workspace, options));
  }

  /** Reads copies back from their targets, every byte; `ok` is false where there are findings. Keeps nothing. */
  verifyRemote(options: VerifyRemoteOptions & CallOptions = {}): Promise<VerifyRemoteResult> {
    return this.#run(options, (workspace) => verifyCopies(workspace, options));
  }

  /** Writes a page and a JSON document on the data and its backups; `ok` is false where there are findings. */
  report(options: ReportOptions & CallOptions = {}): Promise<ReportResult> {
    const { out } = options;
    const folder = out === undefined ? {} : { out: path.resolve(this.#call.cwd, out) };
    return this.#run(options, (workspace) => writeReport(workspace, { ...options, ...folder }));
  }

  /** Whether the backups can be relied on; `ok` is false where there are findings. Needs no database. */
  health(options: CallOptions = {}): Promise<HealthResult> {
    return this.#run(options, checkHealth);
  }

  /** Whether everything is in place for backups and restores; `ok` is false where there are findings. */
  doctor(options: DoctorOptions & CallOptions = {}): Promise<DoctorResult> {
    return this.#run(options, (workspace) => runDoctor(workspace, this.#call, options));
  }

  /** The runs that changed something, the newest first. */
  history(options: HistoryOptions & CallOptions = {}): Promise<HistoryResult> {
    return this.#run(options, (workspace) => readHistory(workspace, options));
  }

  #run<T>(options: CallOptions, work: (workspace: Workspace) => Promise<T>): Promise<T> {
    return runCall(this.#settings, options, work);
  }
}
