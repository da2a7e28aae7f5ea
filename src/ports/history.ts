import type { Delivery } from './notifier.ts';

/** How a recorded run ended; `running` also for ever when it died. */
export type RunResult =
  | 'running'
  | 'succeeded'
  | 'findings'
  | 'failed'
  | 'declined'
  | 'locked'
  | 'interrupted';

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
  /** Deletes the runs that began earlier; the newest `keep` (1 or more) stay in any case. */
  forget(old: { readonly before: Date; readonly keep: number }): Promise<void>;
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
