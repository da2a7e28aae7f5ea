import type { History } from '../../ports/history.ts';
import type { Notifier } from '../../ports/notifier.ts';
import type { Clock, Progress } from '../../ports/ports.ts';

/** What recording and notifying need to know of a run beyond the run itself. */
export interface RecordingContext {
  readonly clock: Clock;
  readonly progress: Pick<Progress, 'note'>;
  readonly tool: string;
  readonly user: string;
  readonly host: string;
  /** The name of the application's folder. */
  readonly application: string;
  /** The settings that the run uses, as texts without secrets. */
  readonly settings: Readonly<Record<string, string>>;
  /** Runs older than that are forgotten. */
  readonly historyDays: number;
  /** Opened when there is something to write, and closed at once. */
  readonly openHistory: () => Promise<History>;
  /** Reads the channels' settings; what is wrong with them is noted once. */
  readonly openNotifier: () => Promise<Notifier>;
  /** Aborted when the operator stopped the run. */
  readonly signal?: AbortSignal;
}

/**
 * Does something with the history. A history that cannot be used is noted and changes nothing else.
 *
 * @returns null when it could not be done
 */
export async function withHistory<T>(
  { openHistory, progress }: RecordingContext,
  work: (history: History) => Promise<T>,
): Promise<T | null> {
  try {
    const history = await openHistory();
    try {
      return await work(history);
    } finally {
      await history.close();
    }
  } catch (error) {
    progress.note(`Warning: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  }
}
