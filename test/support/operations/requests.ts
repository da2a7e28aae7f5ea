import { openPorts } from '../../../src/app.ts';
import type { BackupRequest } from '../../../src/operations/backup.ts';
import type { RestoreOptions, RestoreRequest } from '../../../src/operations/restoring/request.ts';
import { everyTable } from '../../../src/operations/table-choice.ts';
import type { DatabaseTarget } from '../../../src/ports/database.ts';
import type { Clock, Ports, Progress } from '../../../src/ports/ports.ts';

const silent: Progress = { phase() {}, item() {}, advance() {}, note() {} };

/** The time of the first snapshot that a test takes. */
export const firstInstant = new Date('2025-06-01T12:00:00Z');

/** One second passes with every look at it. */
export function tickingClock(): Clock {
  let ms = firstInstant.getTime();
  return {
    now() {
      const now = new Date(ms);
      ms += 1000;
      return now;
    },
  };
}

export interface PortChoices {
  readonly progress?: Partial<Progress>;
  readonly signal?: AbortSignal;
}

/** The program's own ports over real files and databases, with a clock of the test's. */
export function portsFor(folder: string, { progress = {}, signal }: PortChoices = {}): Ports {
  return openPorts({
    backupDir: folder,
    progress: { ...silent, ...progress },
    clock: tickingClock(),
    ...(signal === undefined ? {} : { signal }),
  });
}

/** What `holdfast backup` asks for when nothing but the database is said. */
export function backupOf(target: DatabaseTarget, more: Partial<BackupRequest> = {}): BackupRequest {
  return {
    target,
    lockTimeoutMs: 2000,
    appSchema: null,
    scope: { allSchemas: false },
    selection: everyTable,
    name: null,
    tier: null,
    description: null,
    tags: [],
    compressionLevel: 1,
    adopt: false,
    ...more,
  };
}

/** What `holdfast undo` asks for; nobody is there to answer. */
export function undoOf(target: DatabaseTarget, more: Partial<RestoreOptions> = {}): RestoreOptions {
  return {
    target,
    lockTimeoutMs: 2000,
    appSchema: null,
    dryRun: false,
    skipValidation: false,
    safety: true,
    dropTriggers: false,
    confirm: null,
    askConsent: async () => null,
    compressionLevel: 1,
    ...more,
  };
}

/** What `holdfast restore latest` asks for. */
export function restoreOf(target: DatabaseTarget, more: Partial<RestoreRequest> = {}): RestoreRequest {
  return {
    ...undoOf(target),
    reference: 'latest',
    selection: everyTable,
    policy: 'fail',
    createSchema: false,
    allowSchemaChanges: false,
    ...more,
  };
}
