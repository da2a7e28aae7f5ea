import { openPorts } from '../app.ts';
import { loadSettings } from '../config/load-settings.ts';
import type { Settings } from '../config/settings.ts';
import type { AppSchema } from '../operations/app-schema.ts';
import type { DatabaseTarget, Ports } from '../ports.ts';
import type { CliIo } from './io.ts';
import type { Output } from './output.ts';
import { type ProgressStyle, type ShownProgress, showProgress } from './progress.ts';
import { lateRecorder, recordingContext } from './recording.ts';

/** The options that every command has. */
export interface CommonFlags {
  readonly app?: string;
  readonly schema?: string;
  readonly config?: string;
  readonly dir?: string;
  readonly urlEnv?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly compression?: boolean;
  readonly level?: string;
  readonly lockTimeout?: string;
  readonly timeZone?: string;
  readonly weekly?: string;
  readonly monthly?: string;
  readonly maxCount?: string;
  readonly manualDays?: string;
  readonly maxAge?: string;
}

/** One run of one command: its settings and what it reaches the outside through. */
export interface Session {
  readonly settings: Settings;
  readonly ports: Ports;
  readonly io: CliIo;
  readonly output: Output;
  readonly progress: ShownProgress;
}

export async function openSession(io: CliIo, output: Output, flags: CommonFlags): Promise<Session> {
  const settings = await loadSettings({
    cwd: io.cwd,
    flags,
    ...(io.env === undefined ? {} : { env: io.env }),
  });
  const progress = await showProgress(progressStyle(io, flags), output, io.stderr);
  for (const warning of settings.warnings) progress.note(`Warning: ${warning}`);
  const { backupDir } = settings;
  const opened = openPorts({
    backupDir,
    progress,
    ...(io.signal === undefined ? {} : { signal: io.signal }),
  });
  const ports = { ...opened, observers: [lateRecorder(recordingContext(settings, opened))] };
  return { settings, ports, io, output, progress };
}

function progressStyle(io: CliIo, flags: CommonFlags): ProgressStyle {
  if (flags.quiet === true || flags.json === true) return 'quiet';
  return io.isTerminal ? 'terminal' : 'lines';
}

/** A run of a command; `subject` is what it was asked for, such as the reference of a snapshot. */
export interface NamedRun {
  readonly command: string;
  readonly subject: string;
}

/** Runs the work of a command that changes something, noted in the folder's log of runs and in the history. */
export async function runLogged<T extends object>(
  { ports, settings: { schedule } }: Session,
  run: string | NamedRun,
  work: (ports: Ports) => Promise<T>,
): Promise<T> {
  const { loggedRun } = await import('../operations/logged-run.ts');
  const named = typeof run === 'string' ? { command: run } : run;
  return loggedRun(ports, { ...named, schedule, isBackup: named.command === 'backup' }, work);
}

export interface FoundApplication {
  readonly target: DatabaseTarget;
  readonly appSchema: AppSchema | null;
}

/** The application's database, or the one that `--to` names, with the application's schema. */
export async function findApplication(
  { settings, progress }: Session,
  to?: string,
): Promise<FoundApplication> {
  const target = to === undefined ? await findOwnDatabase(settings, progress) : await findNamed(to, settings);
  const { loadPrismaSchema } = await import('../config/load-prisma-schema.ts');
  const { schema, text, warnings } = await loadPrismaSchema(settings);
  for (const warning of warnings) progress.note(`Warning: ${warning}`);
  if (schema === null || text === null) return { target, appSchema: null };
  return { target, appSchema: { schema, text, defaultSchema: target.schemas[0] ?? 'public' } };
}

async function findOwnDatabase(settings: Settings, progress: ShownProgress): Promise<DatabaseTarget> {
  const { findDatabase } = await import('../config/find-database.ts');
  const { target, warnings } = await findDatabase(settings);
  for (const warning of warnings) progress.note(`Warning: ${warning}`);
  return target;
}

async function findNamed(name: string, settings: Settings): Promise<DatabaseTarget> {
  const { resolveNamedTarget } = await import('../config/named-target.ts');
  return resolveNamedTarget(name, settings);
}
