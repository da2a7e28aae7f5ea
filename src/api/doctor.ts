import type { Settings } from '../config/settings.ts';
import type {
  DatabaseFacts,
  DoctorContext,
  DoctorSettings,
  PrismaFacts,
} from '../operations/doctor/doctor-check.ts';
import type { DoctorResult } from '../operations/doctor.ts';
import { type SettingsCall, scheduledProgram } from './scheduled-program.ts';
import type { Workspace } from './workspace.ts';

export interface DoctorOptions {
  /** Also ask the targets whether they can be reached. */
  readonly remote?: boolean;
}

/** Says whether everything is in place for backups and restores. */
export async function runDoctor(
  workspace: Workspace,
  call: SettingsCall,
  { remote = false }: DoctorOptions,
): Promise<DoctorResult> {
  const { doctor } = await import('../operations/doctor.ts');
  return doctor({ ...(await contextOf(workspace, call)), asksTargets: remote });
}

async function contextOf(
  { settings, ports }: Workspace,
  call: SettingsCall,
): Promise<Omit<DoctorContext, 'asksTargets'>> {
  const { openCrontab, openExistingHistory, openHost } = await import('../app.ts');
  const { identityFile } = settings.encryption;
  const note = (message: string): void => ports.progress.note(message);
  return {
    ports,
    host: await openHost(),
    crontab: await openCrontab(),
    program: scheduledProgram(settings, call),
    settings: describe(settings),
    readPrisma: () => readPrisma(settings),
    readDatabase: once(() => readDatabase({ settings, ports })),
    openHistory: () => openExistingHistory({ path: settings.historyPath, clock: ports.clock, note }),
    ...(identityFile === null
      ? {}
      : {
          readIdentities: async () => (await import('../config/encryption.ts')).readIdentities(identityFile),
        }),
    readNotifications: async () => (await import('../config/notifications.ts')).readNotifications(settings),
  };
}

function describe(settings: Settings): DoctorSettings {
  const { appFolder, schedule, historyPath, warnings, policyFaults, environment } = settings;
  const files = [...(settings.file === null ? [] : [settings.file]), ...environment.files()];
  return {
    ...{ appFolder, schedule, historyPath, warnings, policyFaults },
    isCompressed: settings.compression,
    sources: files,
  };
}

async function readPrisma(settings: Settings): Promise<PrismaFacts> {
  const { loadPrismaSchema } = await import('../config/load-prisma-schema.ts');
  const { readPrismaVersion } = await import('../config/prisma-version.ts');
  const { schema, warnings } = await loadPrismaSchema(settings);
  const version = await readPrismaVersion(settings.appFolder);
  return { version, models: schema?.models.length ?? null, warnings };
}

async function readDatabase({ settings, ports }: Workspace): Promise<DatabaseFacts> {
  const { findDatabase } = await import('../config/find-database.ts');
  const { target, warnings } = await findDatabase(settings);
  const { signal } = ports;
  const { lockTimeoutMs } = settings;
  const database = await ports.engines.open(target, {
    lockTimeoutMs,
    ...(signal === undefined ? {} : { signal }),
  });
  try {
    const access = await database.examineAccess({ allSchemas: false });
    return { identity: database.identity, origin: target.origin, access, warnings };
  } finally {
    await database.close();
  }
}

/** Does the work when it is first asked for, and never again. */
function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | null = null;
  return () => {
    result ??= work();
    return result;
  };
}
