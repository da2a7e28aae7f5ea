import { randomBytes } from 'node:crypto';
import { openEncryption } from './config/encryption.ts';
import type { EncryptionSettings } from './config/settings.ts';
import { openDrillPlace, openEngines } from './database/registry.ts';
import { isProcessAlive } from './host/is-process-alive.ts';
import { acquireRunLock } from './host/run-lock.ts';
import { type WhoAndWhere, whoAndWhere } from './host/who-and-where.ts';
import type { Crontab } from './ports/crontab.ts';
import type { DriveAccess, DriveEndpoints, DriveSettings } from './ports/drive.ts';
import type { History } from './ports/history.ts';
import type { Host } from './ports/host.ts';
import type { NotificationSettings, Notifier } from './ports/notifier.ts';
import type { OffsiteTarget, TargetSettings } from './ports/offsite.ts';
import type { Clock, Ports, Progress } from './ports/ports.ts';
import { openBackupFolder } from './storage/local/backup-folder.ts';
import { readVersion } from './util/version.ts';

export const systemClock: Clock = { now: () => new Date() };

export interface AppOptions {
  readonly backupDir: string;
  /** Snapshots are not encrypted, and encrypted ones not opened, without it. */
  readonly encryption?: EncryptionSettings;
  readonly progress: Progress;
  readonly signal?: AbortSignal;
  /** For tests; the system's clock otherwise. */
  readonly clock?: Clock;
}

/** Puts the real outside behind the ports. Nothing is opened until an operation asks for it. */
export function openPorts(options: AppOptions): Ports {
  const { backupDir, progress, signal, clock = systemClock } = options;
  const keys = options.encryption === undefined ? {} : openEncryption(options.encryption);
  const ports = {
    engines: openEngines(),
    openDrillPlace,
    folder: openBackupFolder({ path: backupDir, acquireLock: acquireRunLock, unlock: keys.unlock }),
    clock,
    progress,
    newId: () => randomBytes(8).toString('hex'),
    tool: `holdfast ${readVersion()}`,
    processId: process.pid,
    isProcessAlive,
    ...keys,
  };
  return signal === undefined ? ports : { ...ports, signal };
}

/** The crontab of the user who runs this. */
export async function openCrontab(): Promise<Crontab> {
  return (await import('./host/crontab.ts')).systemCrontab;
}

/** The machine that this runs on. */
export async function openHost(): Promise<Host> {
  return (await import('./host/system-host.ts')).systemHost;
}

export interface HistoryOptions {
  readonly path: string;
  readonly clock: Clock;
  /** Told when a broken history was set aside. */
  readonly note: (message: string) => void;
}

/**
 * Opens Holdfast's own history, made where it is missing or broken. Loads Prisma Client, so only when it is needed.
 *
 * @throws AppError HISTORY.UNUSABLE
 */
export async function openHistory(options: HistoryOptions): Promise<History> {
  return (await import('./history/open-history.ts')).openHistory(options);
}

/** As `openHistory`; null, and nothing made, where there is none yet. */
export async function openExistingHistory(options: HistoryOptions): Promise<History | null> {
  return (await import('./history/open-history.ts')).openExistingHistory(options);
}

/** The places for copies that the settings name. Nothing is reached before it is used. */
export async function openTargets(
  settings: readonly TargetSettings[],
  options: DriveOptions,
): Promise<readonly OffsiteTarget[]> {
  const { clock, endpoints } = options;
  const { openStore } = await import('./storage/open-store.ts');
  return settings.map(({ store, limits, ...target }) => ({
    ...target,
    kind: store.kind,
    open: () =>
      openStore({ name: target.name, store, limits, now: () => clock.now(), driveEndpoints: endpoints }),
    ...(store.kind === 'drive'
      ? { readLogin: async () => (await openDriveAccess(store, options)).readLogin() }
      : {}),
  }));
}

/** The operator's channels. */
export async function openNotifier(settings: NotificationSettings): Promise<Notifier> {
  return (await import('./notify/open-notifier.ts')).openNotifier(settings);
}

export interface DriveOptions {
  readonly clock: Clock;
  /** For tests; Google's otherwise. */
  readonly endpoints?: DriveEndpoints | undefined;
}

/** Google Drive as one target. Loads Google's client, so only when it is needed. */
export async function openDriveAccess(
  settings: DriveSettings,
  { clock, endpoints }: DriveOptions,
): Promise<DriveAccess> {
  const { openDrive } = await import('./storage/drive/open-drive.ts');
  return openDrive(settings, { now: () => clock.now(), endpoints });
}

/** Opens an address in the browser of whoever sits at this machine; false when that cannot be. */
export async function openInBrowser(address: string): Promise<boolean> {
  return (await import('./host/open-browser.ts')).openBrowser(address);
}

/** Who runs this, and on which machine. */
export function readWhoAndWhere(): WhoAndWhere {
  return whoAndWhere();
}
