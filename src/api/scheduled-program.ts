import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Settings } from '../config/settings.ts';
import type { ScheduledProgram } from '../operations/scheduling/cron-lines.ts';

/** The options of a call that lead to its settings; relative paths start from `cwd`. */
export interface SettingsCall {
  readonly cwd: string;
  readonly schema?: string | undefined;
  readonly config?: string | undefined;
  readonly dir?: string | undefined;
  readonly urlEnv?: string | undefined;
  readonly timeZone?: string | undefined;
}

/** The file that starts the command line. */
export const programFile = fileURLToPath(new URL('../../bin/holdfast.js', import.meta.url));

/** What cron has to start so that it works with the same settings as this call. */
export function scheduledProgram(settings: Settings, call: SettingsCall): ScheduledProgram {
  const node = process.execPath;
  const absolute = (option: string, value: string | undefined): readonly string[] =>
    value === undefined ? [] : [option, path.resolve(call.cwd, value)];
  return {
    node,
    bin: programFile,
    appFolder: settings.appFolder,
    options: [
      ...absolute('--schema', call.schema),
      ...absolute('--config', call.config),
      ...absolute('--dir', call.dir),
      ...(call.urlEnv === undefined ? [] : ['--url-env', call.urlEnv]),
      ...(call.timeZone === undefined ? [] : ['--time-zone', call.timeZone]),
    ],
    logFile: path.join(settings.backupDir, 'holdfast.log'),
    searchPath: [...new Set([path.dirname(node), '/usr/local/bin', '/usr/bin', '/bin'])].join(':'),
  };
}
