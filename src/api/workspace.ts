import type { Settings } from '../config/settings.ts';
import type { AppSchema } from '../operations/app-schema.ts';
import type { DatabaseTarget } from '../ports/database.ts';
import type { Ports } from '../ports/ports.ts';

/** One application: its settings, and what its operations reach the outside through. */
export interface Workspace {
  readonly settings: Settings;
  readonly ports: Ports;
}

/** A run of a command; `subject` is what it was asked for, such as the reference of a snapshot. */
export interface NamedRun {
  readonly command: string;
  readonly subject: string;
}

/** Runs the work of a command that changes something, noted in the folder's log of runs and in the history. */
export async function runLogged<T extends object>(
  { ports, settings: { schedule } }: Workspace,
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

/** The application's database, or the one that `to` names, with the application's schema. */
export async function findApplication(workspace: Workspace, to?: string): Promise<FoundApplication> {
  const { settings } = workspace;
  const target = to === undefined ? await findOwnDatabase(workspace) : await findNamed(to, settings);
  const { loadPrismaSchema } = await import('../config/load-prisma-schema.ts');
  const { schema, text, warnings } = await loadPrismaSchema(settings);
  noteWarnings(workspace, warnings);
  if (schema === null || text === null) return { target, appSchema: null };
  return { target, appSchema: { schema, text, defaultSchema: target.schemas[0] ?? 'public' } };
}

async function findOwnDatabase(workspace: Workspace): Promise<DatabaseTarget> {
  const { findDatabase } = await import('../config/find-database.ts');
  const { target, warnings } = await findDatabase(workspace.settings);
  noteWarnings(workspace, warnings);
  return target;
}

async function findNamed(name: string, settings: Settings): Promise<DatabaseTarget> {
  const { resolveNamedTarget } = await import('../config/named-target.ts');
  return resolveNamedTarget(name, settings);
}

function noteWarnings({ ports }: Workspace, warnings: readonly string[]): void {
  for (const warning of warnings) ports.progress.note(`Warning: ${warning}`);
}
