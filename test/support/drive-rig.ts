import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { DriveAccess, DriveSettings } from '../../src/ports/drive.ts';
import type { Store } from '../../src/ports/store.ts';
import { type OpenDriveOptions, openDrive } from '../../src/storage/drive/open-drive.ts';
import { writeToken } from '../../src/storage/drive/token-file.ts';
import { FakeDrive } from './fake-drive.ts';
import { makeTempFolder } from './sqlite.ts';

export const unit = 256 * 1024;
/** As small as the protocol allows, so that a few megabytes take many requests. */
export const smallSizes = { smallBytes: 100_000, chunkBytes: unit, chunkMs: 20_000 };

/** Google Drive that is a fake, and a target that leads to it. */
export interface DriveRig {
  readonly fake: FakeDrive;
  readonly settings: DriveSettings;
  readonly access: DriveAccess;
  readonly store: Store;
  /** Where the files with the secrets are. */
  readonly secrets: string;
  /** Opens the same target anew, as another process would. */
  reopen(options?: Partial<OpenDriveOptions>): DriveAccess;
  close(): Promise<void>;
}

export const loginInstant = new Date('2026-11-01T00:00:00Z');

export interface RigOptions extends Partial<OpenDriveOptions> {
  readonly credentials?: 'person' | 'service account';
  /** Nobody has logged in yet. */
  readonly isLoggedOut?: boolean;
}

export async function openDriveRig(options: RigOptions = {}): Promise<DriveRig> {
  const { credentials = 'person', isLoggedOut = false, ...drive } = options;
  const fake = await FakeDrive.open();
  const secrets = makeTempFolder();
  const settings = writeSecrets(fake, secrets, credentials);
  if (credentials === 'person' && !isLoggedOut) await logIn(fake, settings);
  const reopen = (changed: Partial<OpenDriveOptions> = {}): DriveAccess =>
    openDrive(settings, {
      ...{ now: () => loginInstant, endpoints: { origin: fake.origin }, sizes: smallSizes, pauseMs: 1 },
      ...drive,
      ...changed,
    });
  const access = reopen();
  return { fake, settings, access, store: access.openStore(), secrets, reopen, close: () => fake.close() };
}

function writeSecrets(fake: FakeDrive, folder: string, kind: 'person' | 'service account'): DriveSettings {
  const common = { kind: 'drive', name: 'drive', folder: 'Holdfast Backups' } as const;
  if (kind === 'person') {
    const clientPath = writeSecret(path.join(folder, 'client_secret.json'), fake.accounts.clientFile());
    const tokenPath = path.join(folder, 'token', 'drive.json');
    return { ...common, credentials: { kind, client: { path: clientPath }, tokenPath } };
  }
  fake.files.sharedDrives.set('0ASharedDrive', 'fileOrganizer');
  const keyPath = writeSecret(path.join(folder, 'key.json'), fake.accounts.keyFile());
  return { ...common, credentials: { kind, keyPath, sharedDrive: '0ASharedDrive' } };
}

export function writeSecret(filePath: string, content: object): string {
  writeFileSync(filePath, JSON.stringify(content));
  chmodSync(filePath, 0o600);
  return filePath;
}

/** Leaves what a login leaves. */
export async function logIn(fake: FakeDrive, { credentials }: DriveSettings): Promise<void> {
  if (credentials.kind !== 'person') throw new Error('a service account has no login');
  await writeToken(credentials.tokenPath, {
    refreshToken: fake.accounts.issueRefreshToken(),
    clientId: fake.accounts.clientId,
    account: fake.accounts.person,
    obtained: loginInstant,
    expires: null,
  });
}
