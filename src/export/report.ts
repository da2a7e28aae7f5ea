import type { RetentionPolicy } from '../retention/policy.ts';
import type { Tier } from '../snapshot/header.ts';
import type { Provider } from '../snapshot/table.ts';
import type { Finding } from '../util/finding.ts';

/** The JSON document of `holdfast report`: all that the page says, and nothing that it does not. Times are UTC, ISO 8601. */
export interface Report {
  readonly command: 'report';
  /** True when nothing was found that is as severe as the run was told to fail on. */
  readonly ok: boolean;
  readonly created: string;
  readonly tool: string;
  readonly folder: string;
  /** Whose snapshots are in the folder, or else which database was checked; null when neither is known. */
  readonly database: {
    readonly provider: Provider;
    readonly host: string | null;
    readonly name: string;
  } | null;
  readonly data: ReportData;
  readonly health: ReportHealth;
  /** Everything in the backup folder, the newest first. */
  readonly snapshots: readonly ReportSnapshot[];
  /** What is held of each kind; only kinds that there are. */
  readonly held: readonly HeldSnapshots[];
  readonly history: ReportHistory;
  readonly cleanup: ReportCleanup;
}

/** What the checks of the data say, or why they say nothing. */
export type ReportData =
  | CheckedData
  | { readonly status: 'skipped' }
  | { readonly status: 'failed'; readonly error: ReportError };

export interface CheckedData {
  readonly status: 'checked';
  readonly checks: number;
  /** Checks that did not come to their end. */
  readonly unfinished: number;
  readonly tables: number;
  /** Errors first. */
  readonly findings: readonly ReportFinding[];
  readonly warnings: readonly string[];
  readonly durationMs: number;
}

export interface ReportError {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
}

export interface ReportFinding extends Finding {
  readonly hint: string | null;
  /** A statement that shows the rows. */
  readonly sql?: string | null;
  /** The business rule as the settings state it. */
  readonly rule?: string | null;
}

export interface ReportHealth {
  readonly status: 'healthy' | 'warning' | 'error';
  readonly lastBackup: { readonly name: string; readonly created: string } | null;
  /** The newest verified snapshot of the whole database. */
  readonly lastVerified: { readonly name: string; readonly created: string } | null;
  /** How old that one may be. */
  readonly maxAgeMs: number;
  readonly nextScheduled: string | null;
  /** Of all snapshot files. */
  readonly totalBytes: number;
  /** Null when the folder is missing. */
  readonly freeBytes: number | null;
  readonly findings: readonly ReportFinding[];
}

/** The tiers that a snapshot serves, or else who asked for it. */
export type SnapshotKind = Tier | 'manual' | 'safety';

export interface ReportSnapshot {
  readonly name: string;
  /** Null when the file is not a readable snapshot; then `rows` is null, too, and it is of no kind. */
  readonly created: string | null;
  readonly kinds: readonly SnapshotKind[];
  readonly rows: number | null;
  readonly bytes: number;
  readonly verified: string | null;
  readonly drilled: string | null;
  readonly pinned: boolean;
  /** Of the whole database; false when only some of the tables were asked for. */
  readonly whole: boolean;
  /** The next cleanup removes it. */
  readonly removedNext: boolean;
}

/** A snapshot that serves several tiers counts in each. */
export interface HeldSnapshots {
  readonly kind: SnapshotKind;
  readonly count: number;
  readonly verified: number;
  readonly bytes: number;
  readonly oldest: string;
  readonly newest: string;
}

/** What the last whole backups held. Lists of figures go with `snapshots`, the oldest first; null where there is none. */
export interface ReportHistory {
  readonly snapshots: readonly {
    readonly name: string;
    readonly created: string;
    readonly rows: number;
    /** Of the file. */
    readonly bytes: number;
  }[];
  /** The largest in the newest snapshot first. */
  readonly tables: readonly TableHistory[];
  /** Names of snapshots whose figures could not be read. */
  readonly unread: readonly string[];
}

export interface TableHistory {
  readonly table: string;
  readonly model: string | null;
  readonly rows: readonly (number | null)[];
  /** Of the rows as text, before compression. */
  readonly bytes: readonly (number | null)[];
}

/** The plan of the next cleanup, or why there is none. */
export type ReportCleanup =
  | {
      readonly status: 'planned';
      readonly policy: RetentionPolicy;
      readonly kept: number;
      readonly removed: readonly RemovedSnapshot[];
      readonly freedBytes: number;
      readonly warnings: readonly string[];
    }
  | { readonly status: 'failed'; readonly error: ReportError };

export interface RemovedSnapshot {
  readonly name: string;
  readonly created: string | null;
  readonly bytes: number;
  readonly reason: string;
}
