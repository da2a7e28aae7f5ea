import { stat } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../errors.ts';
import { largestAmount } from '../retention/policy.ts';
import type { Environment } from './environment.ts';
import { loadEnvironment } from './load-environment.ts';
import { readPolicy, readSchedule } from './schedule-settings.ts';
import { SettingReader } from './setting-reader.ts';
import {
  parseBoolean,
  parseBytes,
  parseDuration,
  parseRecipients,
  parseTimeSpan,
  wholeNumber,
} from './setting-values.ts';
import type { EncryptionSettings, Settings, SettingsFlags } from './settings.ts';
import { readSettingsFile, type SettingsFile, settingsFileName } from './settings-file.ts';

export interface LoadSettingsInput {
  readonly cwd: string;
  /** The environment of the process, unless another one is given. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly flags?: SettingsFlags;
  /** The database's address, from a program: never from the command line. */
  readonly url?: string;
}

/**
 * Reads flags, environment, `.env` and `holdfast.config.json`, in this order of precedence. Cheap: it runs nothing of
 * the application and does not look for the database.
 *
 * @throws AppError CONFIG.SETTING with every setting that is wrong, CONFIG.FILE, USAGE
 */
export async function loadSettings(input: LoadSettingsInput): Promise<Settings> {
  const { cwd, env = process.env, flags = {}, url = null } = input;
  const appFolder = await findAppFolder(cwd, flags.app);
  const isSettingsFile = flags.config?.endsWith('.json') === true;
  const file = await readSettingsFile(
    isSettingsFile ? path.resolve(cwd, flags.config!) : path.join(appFolder, settingsFileName),
    { shown: isSettingsFile ? flags.config! : settingsFileName, isRequired: isSettingsFile },
  );
  const schemaPath = pathFrom(cwd, flags.schema) ?? pathFromFile(file, 'schema');
  const environment = await loadEnvironment(env, appFolder, schemaPath);
  const reader = new SettingReader({ flags, environment, file });
  const values = readValues(reader, { cwd, appFolder, file });
  reader.throwProblems();
  return {
    appFolder,
    schemaPath,
    prismaConfigPath:
      pathFrom(cwd, isSettingsFile ? undefined : flags.config) ?? pathFromFile(file, 'prismaConfig'),
    urlVariable: flags.urlEnv ?? file?.values.get('urlEnv') ?? null,
    url,
    ...values,
    notifications: findRaw(file, file?.notifications),
    targets: findRaw(file, file?.targets),
    file: file?.path ?? null,
    integrity: file === null ? null : { ...file.integrity, path: file.path },
    origins: reader.origins(),
    warnings: [...(file?.warnings ?? []), ...warnAboutEncryption(environment, values.encryption)],
    environment,
  };
}

async function findAppFolder(cwd: string, app: string | undefined): Promise<string> {
  const folder = path.resolve(cwd, app ?? '.');
  const found = await stat(folder).catch(() => null);
  if (found?.isDirectory() === true) return folder;
  throw new AppError('USAGE', `Cannot use ${app ?? folder} as the application's folder: it is not a folder`, {
    hint: 'Name the folder that holds the application with --app <folder>',
  });
}

/** What has a checker of its own. */
function findRaw(file: SettingsFile | null, value: unknown): Settings['notifications'] {
  return file === null || value === undefined ? null : { value, path: file.path, folder: file.folder };
}

interface Bases {
  readonly cwd: string;
  readonly appFolder: string;
  readonly file: SettingsFile | null;
}

function readValues(reader: SettingReader, { cwd, appFolder, file }: Bases) {
  const bases = { flag: cwd, variable: appFolder, file: file?.folder ?? appFolder };
  const backupDir = reader.readPath('backupDir', { ...bases, fallback: path.join(appFolder, 'backups') });
  const retentionDays = reader.read('retentionDays', wholeNumber(1, largestAmount)) ?? 30;
  return {
    backupDir,
    retentionDays,
    policy: readPolicy(reader, retentionDays),
    policyFaults: reader.policyFaults(),
    schedule: readSchedule(reader),
    maxAgeMs: reader.read('maxAge', parseTimeSpan) ?? 26 * 3_600_000,
    compression: reader.read('compression', parseBoolean) ?? true,
    compressionLevel: reader.read('compressionLevel', wholeNumber(1, 9)) ?? 6,
    maxBytes: reader.read('maxBytes', parseBytes) ?? 500_000_000,
    encryption: {
      recipients: reader.read('encryptionRecipient', parseRecipients) ?? [],
      identityFile: reader.readPath('encryptionIdentity', { ...bases, fallback: null }),
      passphraseFile: reader.readPath('encryptionPassphraseFile', { ...bases, fallback: null }),
      passphraseFd: reader.read('encryptionPassphraseFd', wholeNumber(0, 1023)),
    },
    historyPath: reader.readPath('historyPath', { ...bases, fallback: path.join(backupDir, 'history.db') }),
    historyDays: reader.read('historyDays', wholeNumber(1, largestAmount)) ?? 3 * 365,
    lockTimeoutMs: reader.read('lockTimeout', parseDuration) ?? 30_000,
  };
}

function pathFrom(folder: string, value: string | undefined): string | null {
  return value === undefined ? null : path.resolve(folder, value);
}

function pathFromFile(file: SettingsFile | null, key: 'schema' | 'prismaConfig'): string | null {
  return file === null ? null : pathFrom(file.folder, file.values.get(key));
}

/** A secret that did not arrive must not switch encryption off without a word. */
function warnAboutEncryption(
  environment: Environment,
  { recipients, passphraseFile, passphraseFd }: EncryptionSettings,
): readonly string[] {
  const name = 'BACKUP_ENCRYPTION_RECIPIENT';
  const isEncrypted = recipients.length > 0 || passphraseFile !== null || passphraseFd !== null;
  const found = environment.explainMissing(name);
  return isEncrypted || !found.startsWith('empty')
    ? []
    : [`${name} is ${found}: snapshots are not encrypted`];
}
