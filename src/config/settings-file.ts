import path from 'node:path';
import { AppError, describeError } from '../errors.ts';
import { closestName } from './closest-name.ts';
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
  encryptionRecipient: 'text',
  historyPath: 'text',
  lockTimeout: 'text or number',
  maxAge: 'text or number',
  timeZone: 'text',
  scheduleDaily: 'text',
  scheduleWeekly: 'text',
  scheduleMonthly: 'text',
  retentionWeekly: 'number',
  retentionMonthly: 'number',
  retentionMaxCount: 'number',
  retentionManualDays: 'number',
  retentionSafetyDays: 'number',
} as const;

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
  const { values, problems } = await checkValues(document, options.shown);
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

async function checkValues(
  document: Readonly<Record<string, unknown>>,
  shown: string,
): Promise<Pick<SettingsFile, 'values' | 'problems'>> {
  // Loaded only for an application that has the file: it is the slowest part of starting up.
  const { z } = await import('zod');
  const kinds = {
    text: z.string().min(1),
    number: z.number(),
    boolean: z.boolean(),
    'text or number': z.union([z.string().min(1), z.number()]),
  };
  const values = new Map<SettingsKey, string>();
  const problems: string[] = [];
  for (const [key, kind] of Object.entries(keys)) {
    if (!Object.hasOwn(document, key)) continue;
    const result = kinds[kind].safeParse(document[key]);
    if (result.success) values.set(key as SettingsKey, String(result.data));
    else
      problems.push(
        `setting '${key}' in ${shown}: expected a ${kind}, found ${JSON.stringify(document[key])}`,
      );
  }
  return { values, problems };
}

function warnUnknown(key: string, shown: string): readonly string[] {
  if (Object.hasOwn(keys, key) || key === '$schema' || key === 'notifications') return [];
  return [`Setting '${key}' in ${shown} is unknown and has no effect${advise(key)}`];
}

function advise(key: string): string {
  const meant = closestName(key, Object.keys(keys));
  if (meant !== null) return `; did you mean '${meant}'?`;
  const isAddress = /url|database|connection/i.test(key);
  return isAddress ? "; addresses belong into the environment, and 'urlEnv' names the variable" : '';
}
