import path from 'node:path';
import { openHistory, openNotifier, readWhoAndWhere } from '../app.ts';
import type { Settings } from '../config/settings.ts';
import type { RecordingContext } from '../operations/recording/context.ts';
import type { Notifier } from '../ports/notifier.ts';
import type { Ports } from '../ports/ports.ts';
import type { RunObserver } from '../ports/run.ts';

/** What recording a run needs; nothing is opened or loaded before something is to be written. */
export function recordingContext(settings: Settings, ports: Ports): RecordingContext {
  const { clock, progress, tool, signal } = ports;
  const note = (message: string) => progress.note(message);
  let notifier: Promise<Notifier> | null = null;
  return {
    ...{ clock, progress, tool },
    ...readWhoAndWhere(),
    application: applicationName(settings),
    settings: describeSettings(settings),
    historyDays: settings.historyDays,
    openHistory: () => openHistory({ path: settings.historyPath, clock, note }),
    openNotifier: () => {
      notifier ??= readNotifier(settings, note);
      return notifier;
    },
    ...(signal === undefined ? {} : { signal }),
  };
}

/** What messages call the application. */
export function applicationName({ appFolder }: Settings): string {
  return path.basename(appFolder);
}

async function readNotifier(settings: Settings, note: (message: string) => void): Promise<Notifier> {
  const { readNotifications } = await import('../config/notifications.ts');
  const { problems, ...channels } = await readNotifications(settings);
  for (const problem of problems) note(`Warning: Cannot use ${problem}`);
  return openNotifier(channels);
}

/** Loads what records runs with the first run that is recorded: most commands only look. */
export function lateRecorder(context: RecordingContext): RunObserver {
  let recorder: Promise<RunObserver> | null = null;
  const load = async (): Promise<RunObserver> => {
    const { createRunRecorder } = await import('../operations/recording/run-recorder.ts');
    return createRunRecorder(context);
  };
  const get = (): Promise<RunObserver> => {
    recorder ??= load();
    return recorder;
  };
  return {
    began: async (run) => (await get()).began(run),
    ended: async (run, outcome) => (await get()).ended(run, outcome),
  };
}

/** What decides about snapshots, as texts; addresses and secrets are not among it. */
function describeSettings(settings: Settings): Readonly<Record<string, string>> {
  const { backupDir, compression, compressionLevel, maxBytes, maxAgeMs, lockTimeoutMs } = settings;
  const { policy, schedule } = settings;
  const values = {
    backupDir,
    compression,
    compressionLevel,
    maxBytes,
    maxAgeMs,
    lockTimeoutMs,
    policy,
    schedule,
  };
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  );
}
