import type { RetentionPolicy } from '../retention/policy.ts';
import type { Schedule } from '../retention/schedule.ts';
import type { Environment } from './environment.ts';

/** Every setting that has a value of its own, by its key in `holdfast.config.json`. */
export const settingNames = [
  'backupDir',
  'retentionDays',
  'compression',
  'compressionLevel',
  'maxBytes',
  'encryptionRecipient',
  'encryptionIdentity',
  'encryptionPassphraseFile',
  'encryptionPassphraseFd',
  'historyPath',
  'historyDays',
  'lockTimeout',
  'maxAge',
  'timeZone',
  'scheduleDaily',
  'scheduleWeekly',
  'scheduleMonthly',
  'scheduleDrill',
  'retentionWeekly',
  'retentionMonthly',
  'retentionMaxCount',
  'retentionManualDays',
  'retentionSafetyDays',
] as const;
export type SettingName = (typeof settingNames)[number];

/** Where the keys are. Nothing is read before a snapshot is to be encrypted or opened. */
export interface EncryptionSettings {
  /** Whom snapshots are encrypted for; where there is none, a passphrase encrypts them. */
  readonly recipients: readonly string[];
  /** What opens encrypted snapshots. */
  readonly identityFile: string | null;
  readonly passphraseFile: string | null;
  /** An open descriptor; before the file. */
  readonly passphraseFd: number | null;
}

/** Checked settings; all paths are absolute. Which database is meant is found on demand, by `findDatabase`. */
export interface Settings {
  readonly appFolder: string;
  /** The schema's file or folder where it was named by a flag or the settings file. */
  readonly schemaPath: string | null;
  /** The `prisma.config.*` that was named, else it is looked for. */
  readonly prismaConfigPath: string | null;
  /** The variable that holds the database's address where it was named. */
  readonly urlVariable: string | null;
  /** The database's address where a program gave it. */
  readonly url: string | null;
  readonly backupDir: string;
  readonly retentionDays: number;
  readonly policy: RetentionPolicy;
  /** Settings that look like a part of the policy and are none: nothing is deleted while there are any. */
  readonly policyFaults: readonly string[];
  readonly schedule: Schedule;
  /** A verified backup has to be younger; more is a finding. */
  readonly maxAgeMs: number;
  readonly compression: boolean;
  /** 1 (fast) to 9 (small). */
  readonly compressionLevel: number;
  /** Of one snapshot; more is a finding, never a refusal. */
  readonly maxBytes: number;
  readonly encryption: EncryptionSettings;
  readonly historyPath: string;
  /** Runs older than that are taken out of the history. */
  readonly historyDays: number;
  readonly lockTimeoutMs: number;
  /** The channels as the settings file has them; `readNotifications` checks them. Null when it has none. */
  readonly notifications: { readonly value: unknown; readonly path: string; readonly folder: string } | null;
  /** The path of the settings file, for messages; null when there is none. */
  readonly file: string | null;
  /** Checks of the data and business rules as the settings file has them; `readCheckSettings` checks them. */
  readonly integrity: { readonly checks: unknown; readonly rules: unknown; readonly path: string } | null;
  /** The targets for copies in the same way; `readTargets` checks them. */
  readonly targets: Settings['notifications'];
  /** Where each setting came from: `'BACKUP_DIR' in .env`, `--dir`, `default`. */
  readonly origins: Readonly<Record<SettingName, string>>;
  /** Sentences for the operator, without secrets. */
  readonly warnings: readonly string[];
  readonly environment: Environment;
}

/** The options of the command line that are settings. Paths in them start from the working directory. */
export interface SettingsFlags {
  readonly app?: string;
  readonly schema?: string;
  /** The settings file; a file that does not end in `.json` is the `prisma.config.*` instead. */
  readonly config?: string;
  readonly dir?: string;
  readonly urlEnv?: string;
  readonly compression?: boolean;
  readonly level?: string;
  readonly lockTimeout?: string;
  readonly timeZone?: string;
  readonly retentionDays?: string;
  readonly daily?: string;
  readonly weekly?: string;
  readonly monthly?: string;
  readonly maxCount?: string;
  readonly manualDays?: string;
  readonly maxAge?: string;
  readonly encrypt?: readonly string[];
  readonly identity?: string;
  readonly passphraseFile?: string;
  readonly passphraseFd?: string;
}
