import { AppError } from '../errors.ts';
import type { Tier } from './header.ts';

/** Behind the other ending of an encrypted snapshot. */
const encryptedEnding = '.age';
/** The endings that snapshot files may have, compressed first. */
export const snapshotEndings = ['.json.gz', '.json', '.json.gz.age', '.json.age', '.sqlite.gz'] as const;
/** Of a snapshot that is a whole database file. */
export const databaseFileEnding = '.sqlite.gz';
export const sidecarEnding = '.meta.json';
export const checksumEnding = '.sha256';

const maxNameLength = 120;
const reportPrefix = 'integrity-report-';

export interface NameRequest {
  readonly tier: Tier | null;
  readonly isSafety: boolean;
  readonly created: Date;
}

/** The base name of an automatic name: `backup-2026-11-20T10-30-00Z`, `daily-backup-2026-11-20`, `safety-…`. */
export function makeName({ tier, isSafety, created }: NameRequest): string {
  if (tier !== null) return `${tier}-backup-${created.toISOString().slice(0, 10)}`;
  return `${isSafety ? 'safety' : 'backup'}-${formatFileTime(created)}`;
}

/** `2026-11-20T10-30-00Z`: no colon, which not every system allows. */
function formatFileTime(instant: Date): string {
  return `${instant.toISOString().slice(0, 19).replaceAll(':', '-')}Z`;
}

/**
 * A name given by a person, without its ending.
 *
 * @throws AppError SNAPSHOT.NAME with a name that would do
 */
export function parseGivenName(given: string): string {
  const name = withoutEnding(given);
  const reason = refusalOf(name);
  if (reason === null) return name;
  throw new AppError('SNAPSHOT.NAME', `Cannot name a snapshot ${JSON.stringify(given)}: ${reason}`, {
    hint: `For example: holdfast backup ${proposeName(name)}`,
  });
}

/** Why a name will not do, or null when it will. */
function refusalOf(name: string): string | null {
  if (!/^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(name)) {
    return 'only letters, digits, ".", "_" and "-" are allowed, the first a letter, a digit or "_"';
  }
  if (name.length > maxNameLength) return `it is longer than ${maxNameLength} characters`;
  return isReserved(name) ? 'that name stands for something else' : null;
}

/** Names that would be taken for the newest snapshot, a report, a sidecar, a checksum or a device. */
function isReserved(name: string): boolean {
  if (name.startsWith(reportPrefix)) return true;
  if (/^latest$/i.test(name) || /\.(meta|sha256|age)$/i.test(name)) return true;
  return /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(name);
}

function proposeName(name: string): string {
  const plain = name
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, '')
    .replace(/\.(meta|sha256|age)$/i, '-$1')
    .slice(0, maxNameLength);
  return refusalOf(plain) === null ? plain : 'my-snapshot';
}

export interface FileForm {
  readonly isCompressed: boolean;
  readonly isEncrypted: boolean;
}

/** Whether a snapshot's file is encrypted, by its name. */
export function isEncryptedFile(file: string): boolean {
  return file.endsWith(encryptedEnding);
}

/** The candidates for a file: the name itself, then with a counter. */
export function* fileNames(baseName: string, { isCompressed, isEncrypted }: FileForm): Generator<string> {
  const ending = `${isCompressed ? '.json.gz' : '.json'}${isEncrypted ? encryptedEnding : ''}`;
  yield* namesWith(baseName, ending);
}

/** The same with an ending of its own. */
export function* namesWith(baseName: string, ending: string): Generator<string> {
  yield `${baseName}${ending}`;
  for (let counter = 2; counter < 10_000; counter++) yield `${baseName}-${counter}${ending}`;
}

/** The candidates for a report's file: `integrity-report-2026-11-20T10-30-00Z.html`, then with a counter. */
export function* reportNames(created: Date, ending: '.json' | '.html'): Generator<string> {
  const baseName = `${reportPrefix}${formatFileTime(created)}`;
  yield `${baseName}${ending}`;
  for (let counter = 2; counter < 10_000; counter++) yield `${baseName}-${counter}${ending}`;
}

/** True for the file of a snapshot; false for sidecars, reports and everything else in the folder. */
export function isSnapshotFile(fileName: string): boolean {
  if (fileName.startsWith('.') || fileName.endsWith(sidecarEnding)) return false;
  if (fileName.startsWith(reportPrefix) && fileName.endsWith('.json')) return false;
  return snapshotEndings.some((ending) => fileName.endsWith(ending));
}

/** What a file name says; the file itself says for certain. */
export function hasEncryptedName(fileName: string): boolean {
  return isSnapshotFile(fileName) && fileName.endsWith(encryptedEnding);
}

/** `daily-backup-2026-11-20` for `daily-backup-2026-11-20.json.gz`; any other text stays as it is. */
export function withoutEnding(fileName: string): string {
  const ending = snapshotEndings.find((one) => fileName.endsWith(one));
  return ending === undefined ? fileName : fileName.slice(0, -ending.length);
}
