import path from 'node:path';
import { AppError, describeError } from '../errors.ts';
import { closestName } from '../util/closest-name.ts';
import { readTextFile } from './env-file.ts';

export const settingsFileName = 'holdfast.config.json';

/** The keys of `holdfast.config.json`, with the kind of value that each takes. */
const keys = {
  schema: 'text',
  prismaConfig: 'text',
  urlEnv: 'text',
  backupDir: 'text',
  retentionDays: 'number',
  compression: 'boolean',
  compressionLevel: 'number',
  maxBytes: 'text or number',
  encryptionRecipient: 'text or texts',
  encryptionIdentity: 'text',
  encryptionPassphraseFile: 'text',
  encryptionPassphraseFd: 'number',
  historyPath: 'text',
  historyDays: 'number',
  lockTimeout: 'text or number',
  maxAge: 'text or number',
  timeZone: 'text',
  scheduleDaily: 'text',
  scheduleWeekly: 'text',
  scheduleMonthly: 'text',
  scheduleDrill: 'text',
  retentionWeekly: 'number',
  retentionMonthly: 'number',
  retentionMaxCount: 'number',
  retentionManualDays: 'number',
  retentionSafetyDays: 'number',
} as const;

/** What others read of it, and check when they do. */
const unchecked = ['$schema', 'notifications', 'targets', 'checks', 'rules'];

export type SettingsKey = keyof typeof keys;

export interface SettingsFile {
  /** For messages. */
  readonly path: string;
  /** Relative paths in the file start from here. */
  readonly folder: string;
  /** As text, whatever kind of value the file holds. */
  readonly values: ReadonlyMap<SettingsKey, string>;
  readonly problems: readonly string[];
  /** As it stands in the file, unchecked: wrong channels never keep a backup from running. */
  readonly notifications: unknown;
  /** As they stand in the file, unchecked: only `validate data` reads them. */
  readonly integrity: { readonly checks: unknown; readonly rules: unknown };
  /** The same of the targets for copies. */
  readonly targets: unknown;
  /** Keys that may be meant for the retention policy, and are unknown. */
  readonly policyFaults: readonly string[];
  readonly warnings: readonly string[];
}

export interface SettingsFileOptions {
  /** The path for messages. */
  readonly shown: string;
  /** A file that was asked for must exist. */
  readonly isRequired: boolean;
}

/**
 * Reads the settings file; null when there is none. Wrong values are returned as problems, to be reported with those
 * of the environment; unknown keys are warnings.
 *
 * @throws AppError CONFIG.FILE when it is required and missing, cannot be read, or is not a JSON object
 */
export async function readSettingsFile(
  filePath: string,
  options: SettingsFileOptions,
): Promise<SettingsFile | null> {
  const text = await readTextFile(filePath, options.shown);
  if (text === null && options.isRequired) {
    throw new AppError('CONFIG.FILE', `Cannot read ${options.shown}: there is no such file`, {
      hint: 'Check --config',
    });
  }
  if (text === null) return null;
  const document = parseDocument(text, options.shown);
  const { values, problems } = checkValues(document, options.shown);
  const warnings = Object.keys(document).flatMap((key) => warnUnknown(key, options.shown));
  const unknown = Object.keys(document).filter((key) => !Object.hasOwn(keys, key));
  const policyFaults = unknown
    .filter((key) => /retention|keep|cleanup|prune/i.test(key))
    .map((key) => `setting '${key}' in ${options.shown} is unknown`);
  return {
    path: options.shown,
    folder: path.dirname(filePath),
    values,
    problems,
    policyFaults,
    warnings,
    notifications: document['notifications'],
    integrity: { checks: document['checks'], rules: document['rules'] },
    targets: document['targets'],
  };
}

function parseDocument(text: string, shown: string): Readonly<Record<string, unknown>> {
  try {
    const document: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    if (typeof document === 'object' && document !== null && !Array.isArray(document)) {
      return document as Readonly<Record<string, unknown>>;
    }
  } catch (error) {
    throw notReadable(shown, describeError(error), error);
  }
  throw notReadable(shown, 'it does not hold a JSON object');
}

function notReadable(shown: string, reason: string, cause?: unknown): AppError {
  return new AppError('CONFIG.FILE', `Cannot read ${shown}: ${reason}`, {
    hint: 'It takes settings such as { "backupDir": "backups", "retentionDays": 30 }',
    cause,
  });
}

const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';
const isTexts = (value: unknown): boolean => Array.isArray(value) && value.length > 0 && value.every(isText);
const isNumber = (value: unknown): boolean => Number.isFinite(value);

/** By hand: to load zod would take as long as all else that a start of `auto` does. */
const kinds = {
  text: isText,
  number: isNumber,
  boolean: (value: unknown): boolean => typeof value === 'boolean',
  'text or texts': (value: unknown): boolean => isText(value) || isTexts(value),
  'text or number': (value: unknown): boolean => isText(value) || isNumber(value),
};

function checkValues(
  document: Readonly<Record<string, unknown>>,
  shown: string,
): Pick<SettingsFile, 'values' | 'problems'> {
  const values = new Map<SettingsKey, string>();
  const problems: string[] = [];
  for (const [key, kind] of Object.entries(keys)) {
    if (!Object.hasOwn(document, key)) continue;
    if (kinds[kind](document[key])) values.set(key as SettingsKey, String(document[key]));
    else
      problems.push(
        `setting '${key}' in ${shown}: expected a ${kind}, found ${JSON.stringify(document[key])}`,
      );
  }
  return { values, problems };
}

function warnUnknown(key: string, shown: string): readonly string[] {
  if (Object.hasOwn(keys, key) || unchecked.includes(key)) return [];
  return [`Setting '${key}' in ${shown} is unknown and has no effect${advise(key)}`];
}

function advise(key: string): string {
  const meant = closestName(key, Object.keys(keys));
  if (meant !== null) return `; did you mean '${meant}'?`;
  const isAddress = /url|database|connection/i.test(key);
  return isAddress ? "; addresses belong into the environment, and 'urlEnv' names the variable" : '';
}
