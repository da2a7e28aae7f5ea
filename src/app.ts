import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { openEngines } from './database/registry.ts';
import { acquireRunLock } from './host/run-lock.ts';
import type { Clock, Ports, Progress } from './ports.ts';
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
  };
  return signal === undefined ? ports : { ...ports, signal };
}

/** The version of this package. */
export function readVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
