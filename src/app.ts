import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { openEngines } from './database/registry.ts';
import { isProcessAlive } from './host/is-process-alive.ts';
import { acquireRunLock } from './host/run-lock.ts';
import { type WhoAndWhere, whoAndWhere } from './host/who-and-where.ts';
import type { Clock, Crontab, History, NotificationSettings, Notifier, Ports, Progress } from './ports.ts';
import { openBackupFolder } from './storage/local/backup-folder.ts';

export const systemClock: Clock = { now: () => new Date() };

export interface AppOptions {
  readonly backupDir: string;
  readonly progress: Progress;
  readonly signal?: AbortSignal;
  /** For tests; the system's clock otherwise. */
  readonly clock?: Clock;
}

/** Puts the real outside behind the ports. Nothing is opened until an operation asks for it. */
export function openPorts({ backupDir, progress, signal, clock = systemClock }: AppOptions): Ports {
  const ports = {
    engines: openEngines(),
    folder: openBackupFolder({ path: backupDir, acquireLock: acquireRunLock }),
    clock,
    progress,
    newId: () => randomBytes(8).toString('hex'),
    tool: `holdfast ${readVersion()}`,
    processId: process.pid,
    isProcessAlive,
  };
  return signal === undefined ? ports : { ...ports, signal };
}

/** The crontab of the user who runs this. */
export async function openCrontab(): Promise<Crontab> {
  return (await import('./host/crontab.ts')).systemCrontab;
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

/** The operator's channels. */
export async function openNotifier(settings: NotificationSettings): Promise<Notifier> {
  return (await import('./notify/open-notifier.ts')).openNotifier(settings);
}

/** Who runs this, and on which machine. */
export function readWhoAndWhere(): WhoAndWhere {
  return whoAndWhere();
}

/** The version of this package. */
export function readVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
