import { type DriveOptions, openPorts, openTargets } from '../app.ts';
import type { Settings } from '../config/settings.ts';
import type { DriveEndpoints } from '../ports/drive.ts';
import type { Ports, Progress } from '../ports/ports.ts';
import { lateRecorder, recordingContext } from './recording.ts';
import type { Workspace } from './workspace.ts';

export interface WorkspaceOptions {
  readonly settings: Settings;
  readonly progress: Progress;
  readonly signal?: AbortSignal;
  /** For tests; Google's otherwise. */
  readonly driveEndpoints?: DriveEndpoints | undefined;
}

/** Opens nothing before an operation asks for it. */
export function openWorkspace({ settings, progress, signal, driveEndpoints }: WorkspaceOptions): Workspace {
  const { backupDir, encryption } = settings;
  const opened = openPorts({
    backupDir,
    encryption,
    progress,
    ...(signal === undefined ? {} : { signal }),
  });
  const targets = lateTargets(settings, { clock: opened.clock, endpoints: driveEndpoints });
  const observers = [lateRecorder(recordingContext(settings, opened))];
  return { settings, ports: { ...opened, targets, observers } };
}

/** Reads the targets with the first operation that asks for them: most have nothing to do with copies. */
function lateTargets(settings: Settings, options: DriveOptions): NonNullable<Ports['targets']> {
  return async () => {
    if (settings.targets === null) return [];
    const { readTargets } = await import('../config/targets.ts');
    return openTargets(await readTargets(settings), options);
  };
}
