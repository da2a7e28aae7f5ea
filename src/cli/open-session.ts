import { openWorkspace } from '../api/open-workspace.ts';
import { loadSettings } from '../config/load-settings.ts';
import type { CliIo } from './io.ts';
import type { Output } from './output.ts';
import { type ProgressStyle, showProgress } from './progress.ts';
import type { CommonFlags, Session } from './session.ts';

/**
 * Reads the settings, and puts the outside behind the ports; nothing is opened yet.
 *
 * @throws AppError CONFIG.SETTING, CONFIG.FILE, USAGE
 */
export async function openSession(io: CliIo, output: Output, flags: CommonFlags): Promise<Session> {
  const settings = await loadSettings({
    cwd: io.cwd,
    flags,
    ...(io.env === undefined ? {} : { env: io.env }),
  });
  const progress = await showProgress(progressStyle(io, flags), output, io.stderr);
  for (const warning of settings.warnings) progress.note(`Warning: ${warning}`);
  const workspace = openWorkspace({
    settings,
    progress,
    driveEndpoints: io.driveEndpoints,
    ...(io.signal === undefined ? {} : { signal: io.signal }),
  });
  return { ...workspace, io, output, progress };
}

function progressStyle(io: CliIo, flags: CommonFlags): ProgressStyle {
  if (flags.quiet === true || flags.json === true) return 'quiet';
  return io.isTerminal ? 'terminal' : 'lines';
}
