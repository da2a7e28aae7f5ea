import { AppError } from '../errors.ts';
import type { DriveSettings } from '../ports/drive.ts';
import type { Settings } from './settings.ts';
import { settingsFileName } from './settings-file.ts';

/**
 * The target of the kind `drive` that has this name, or the only one. Where the settings name no targets at all, one
 * called `drive` with nothing but defaults.
 *
 * @throws AppError CONFIG.SETTING
 */
export async function findDriveTarget(
  { targets, appFolder, environment }: Pick<Settings, 'targets' | 'appFolder' | 'environment'>,
  wanted: string | undefined,
): Promise<DriveSettings> {
  const { readDriveSettings } = await import('./drive-settings.ts');
  const file = targets?.path ?? settingsFileName;
  const found = Object.entries(asObject(targets?.value)).filter(
    ([name, value]) => asObject(value)['kind'] === 'drive' && (wanted === undefined || name === wanted),
  );
  const isImplied = found.length === 0 && targets === null && (wanted === undefined || wanted === 'drive');
  const [one, other] = isImplied ? [['drive', { kind: 'drive' }] as const] : found;
  if (one === undefined) throw noTarget(file, wanted);
  if (other !== undefined) throw severalTargets(found.map(([name]) => name));
  const [name, value] = one;
  return readDriveSettings(value, { name, file, folder: targets?.folder ?? appFolder, environment });
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function noTarget(file: string, wanted: string | undefined): AppError {
  const which =
    wanted === undefined ? 'no target of the kind drive' : `no target '${wanted}' of the kind drive`;
  return new AppError('CONFIG.SETTING', `Cannot use Google Drive: ${file} names ${which}`, {
    hint: 'For example: { "targets": { "drive": { "kind": "drive", "clientFile": "client_secret.json" } } }',
  });
}

function severalTargets(names: readonly string[]): AppError {
  return new AppError('CONFIG.SETTING', `Cannot tell which Google Drive is meant: ${names.join(', ')}`, {
    hint: `Name one with --target ${names[0]}`,
  });
}
