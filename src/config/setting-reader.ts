import path from 'node:path';
import { AppError } from '../errors.ts';
import type { Environment } from './environment.ts';
import type { Parsed } from './setting-values.ts';
import { type SettingName, type SettingsFlags, settingNames } from './settings.ts';
import type { SettingsFile } from './settings-file.ts';

const variables: Readonly<Record<SettingName, string>> = {
  backupDir: 'BACKUP_DIR',
  retentionDays: 'BACKUP_RETENTION_DAYS',
  compression: 'BACKUP_COMPRESSION',
  compressionLevel: 'BACKUP_COMPRESSION_LEVEL',
  maxBytes: 'BACKUP_MAX_BYTES',
  encryptionRecipient: 'BACKUP_ENCRYPTION_RECIPIENT',
  encryptionIdentity: 'BACKUP_ENCRYPTION_IDENTITY',
  encryptionPassphraseFile: 'BACKUP_ENCRYPTION_PASSPHRASE_FILE',
  encryptionPassphraseFd: 'BACKUP_ENCRYPTION_PASSPHRASE_FD',
  historyPath: 'HOLDFAST_HISTORY_PATH',
  historyDays: 'HOLDFAST_HISTORY_DAYS',
  lockTimeout: 'BACKUP_LOCK_TIMEOUT',
  maxAge: 'BACKUP_MAX_AGE',
  timeZone: 'BACKUP_TIME_ZONE',
  scheduleDaily: 'BACKUP_SCHEDULE_DAILY',
  scheduleWeekly: 'BACKUP_SCHEDULE_WEEKLY',
  scheduleMonthly: 'BACKUP_SCHEDULE_MONTHLY',
  scheduleDrill: 'BACKUP_SCHEDULE_DRILL',
  retentionWeekly: 'BACKUP_RETENTION_WEEKLY',
  retentionMonthly: 'BACKUP_RETENTION_MONTHLY',
  retentionMaxCount: 'BACKUP_RETENTION_MAX_COUNT',
  retentionManualDays: 'BACKUP_RETENTION_MANUAL_DAYS',
  retentionSafetyDays: 'BACKUP_RETENTION_SAFETY_DAYS',
};

export interface SettingSources {
  readonly flags: SettingsFlags;
  readonly environment: Environment;
  readonly file: SettingsFile | null;
}

/** Where a relative path starts from, by the kind of source it stands in. */
export interface PathBases<T> {
  readonly flag: string;
  readonly variable: string;
  readonly file: string;
  readonly fallback: T;
}

interface RawSetting {
  readonly text: string;
  /** For the operator: `--dir`, `'BACKUP_DIR' in .env`, `'backupDir' in holdfast.config.json`. */
  readonly origin: string;
  readonly kind: 'flag' | 'variable' | 'file';
}

/** Takes each setting from the first source that has it, and collects what is wrong with any of them. */
export class SettingReader {
  readonly #sources: SettingSources;
  readonly #problems: string[];
  readonly #flags: Readonly<Partial<Record<SettingName, RawSetting>>>;

  constructor(sources: SettingSources) {
    this.#sources = sources;
    this.#problems = [...(sources.file?.problems ?? [])];
    this.#flags = rawFlags(sources.flags);
  }

  /** The setting's value; null when no source has it, or when it is wrong. */
  read<T>(name: SettingName, parse: (text: string) => Parsed<T>): T | null {
    const raw = this.#raw(name);
    if (raw === null) return null;
    const parsed = parse(raw.text);
    if ('value' in parsed) return parsed.value;
    this.#problems.push(`setting ${raw.origin}: ${parsed.reason}`);
    return null;
  }

  readPath<T extends string | null>(name: SettingName, bases: PathBases<T>): string | T {
    const raw = this.#raw(name);
    return raw === null ? bases.fallback : path.resolve(bases[raw.kind], raw.text);
  }

  /** Names that look like a part of the retention policy and are none. */
  policyFaults(): readonly string[] {
    const known = new Set(Object.values(variables));
    const strange = this.#sources.environment
      .names()
      .filter((name) => name.startsWith('BACKUP_RETENTION_') && !known.has(name))
      .map((name) => `setting ${this.#sources.environment.get(name)?.origin ?? name} is unknown`);
    return [...strange, ...(this.#sources.file?.policyFaults ?? [])];
  }

  origins(): Readonly<Record<SettingName, string>> {
    const origins = settingNames.map((name) => [name, this.#raw(name)?.origin ?? 'default']);
    return Object.fromEntries(origins) as Readonly<Record<SettingName, string>>;
  }

  /** @throws AppError CONFIG.SETTING with all problems at once */
  throwProblems(): void {
    if (this.#problems.length === 0) return;
    const count = this.#problems.length === 1 ? 'a setting' : `${this.#problems.length} settings`;
    throw new AppError('CONFIG.SETTING', `Cannot use ${count}: ${this.#problems.join('; ')}`, {
      hint: 'Correct the value where it stands; .env.example explains each setting',
    });
  }

  #raw(name: SettingName): RawSetting | null {
    const flag = this.#flags[name];
    if (flag !== undefined) return flag;
    const variable = this.#sources.environment.get(variables[name]);
    if (variable !== null) {
      const origin = `'${variable.name}' in ${variable.place}`;
      return { text: variable.value, origin, kind: 'variable' };
    }
    const text = this.#sources.file?.values.get(name);
    return text === undefined
      ? null
      : { text, origin: `'${name}' in ${this.#sources.file!.path}`, kind: 'file' };
  }
}

function rawFlags(flags: SettingsFlags): Readonly<Partial<Record<SettingName, RawSetting>>> {
  const flag = (origin: string, value: string | boolean | undefined): RawSetting | undefined =>
    value === undefined ? undefined : { text: String(value), origin, kind: 'flag' };
  const entries = {
    backupDir: flag('--dir', flags.dir),
    compression: flag(flags.compression === false ? '--no-compression' : '--compression', flags.compression),
    compressionLevel: flag('--level', flags.level),
    lockTimeout: flag('--lock-timeout', flags.lockTimeout),
    timeZone: flag('--time-zone', flags.timeZone),
    retentionDays: flag('--retention-days', flags.retentionDays),
    scheduleDaily: flag('--daily', flags.daily),
    retentionWeekly: flag('--weekly', flags.weekly),
    retentionMonthly: flag('--monthly', flags.monthly),
    retentionMaxCount: flag('--max-count', flags.maxCount),
    retentionManualDays: flag('--manual-days', flags.manualDays),
    maxAge: flag('--max-age', flags.maxAge),
    encryptionRecipient: flag('--encrypt', flags.encrypt?.join(',')),
    encryptionIdentity: flag('--identity', flags.identity),
    encryptionPassphraseFile: flag('--passphrase-file', flags.passphraseFile),
    encryptionPassphraseFd: flag('--passphrase-fd', flags.passphraseFd),
  };
  return Object.fromEntries(Object.entries(entries).filter(([, raw]) => raw !== undefined));
}
