import path from 'node:path';
import type { SettingName, Settings } from '../config/settings.ts';
import { AppError } from '../errors.ts';
import type { InitWishes } from '../operations/init/plan.ts';
import type { InitResult } from '../operations/init.ts';
import { type SettingsCall, scheduledProgram } from './scheduled-program.ts';
import type { Workspace } from './workspace.ts';

export interface InitOptions {
  /** Say what would be written; write nothing. */
  readonly dryRun?: boolean;
}

/** The call's own settings are those that are written. */
export interface InitCall extends SettingsCall {
  readonly daily?: string | undefined;
}

/** The settings of the schedule that a new holdfast.config.json states, so that they are there to be changed. */
const scheduleDefaults = {
  timeZone: 'UTC',
  scheduleDaily: '02:00',
  scheduleWeekly: 'sunday 03:00',
  scheduleMonthly: '1 04:00',
} as const satisfies Partial<Record<SettingName, string>>;

/** Sets the application up for backups; what is there stays as it is. */
export async function initApplication(
  workspace: Workspace,
  call: InitCall,
  options: InitOptions,
  consent: (plan: InitResult) => Promise<boolean> = async () => true,
): Promise<InitResult> {
  const { init } = await import('../operations/init.ts');
  const { settings } = workspace;
  const { appFolder, backupDir } = settings;
  const { cwd, config } = call;
  return init({
    ...{ appFolder, backupDir, consent },
    wishes: wishesOf(settings, call),
    // Whatever else the call says stands in the files from then on.
    program: scheduledProgram(settings, { cwd, config }),
    ...(await findTarget(workspace)),
    dryRun: options.dryRun ?? false,
  });
}

/** What some file or the environment sets already is left to it. */
function wishesOf(settings: Settings, call: InitCall): InitWishes {
  const isOpen = (name: SettingName): boolean => /^(default$|--)/.test(settings.origins[name]);
  const env = [
    { setting: 'backupDir', name: 'BACKUP_DIR', value: relativeTo(settings, settings.backupDir) },
    { setting: 'retentionDays', name: 'BACKUP_RETENTION_DAYS', value: String(settings.retentionDays) },
    { setting: 'compression', name: 'BACKUP_COMPRESSION', value: String(settings.compression) },
  ] as const;
  const { timeZone, daily } = call;
  const schedule = { ...scheduleDefaults, ...given({ timeZone, scheduleDaily: daily }) };
  const { schemaPath, urlVariable: urlEnv } = settings;
  const schema = call.schema === undefined ? undefined : relativeTo(settings, schemaPath ?? '');
  return {
    env: env.filter(({ setting }) => isOpen(setting)).map(({ name, value }) => ({ name, value })),
    settings: {
      ...given({ schema, urlEnv: urlEnv ?? undefined }),
      ...Object.fromEntries(Object.entries(schedule).filter(([name]) => isOpen(name as SettingName))),
    },
  };
}

function given(values: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

/** A path as the application's files should name it: they may be moved together, or checked out elsewhere. */
function relativeTo({ appFolder }: Settings, place: string): string {
  const relative = path.relative(appFolder, place);
  const isInside = relative !== '' && relative.split(path.sep)[0] !== '..' && !path.isAbsolute(relative);
  return isInside ? relative.split(path.sep).join('/') : place;
}

/** A database that is not found yet keeps nobody from setting up. */
async function findTarget({
  settings,
  ports,
}: Workspace): Promise<Pick<InitResult, 'database' | 'warnings'>> {
  const { findDatabase } = await import('../config/find-database.ts');
  const { formatIdentity } = await import('../operations/identity.ts');
  try {
    const { target, warnings } = await findDatabase(settings);
    const identity = await ports.engines.identify(target);
    return { database: `${formatIdentity(identity)} (${target.origin})`, warnings };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const hint = error.hint === undefined ? '' : `. ${error.hint}`;
    return { database: null, warnings: [`${error.message}${hint}`] };
  }
}
