import type { Settings } from '../config/settings.ts';
import { AppError } from '../errors.ts';
import type { Progress } from '../ports/ports.ts';
import { reportable } from './interruption.ts';
import { openWorkspace } from './open-workspace.ts';
import type { Workspace } from './workspace.ts';

/** What a long call is doing. */
export type ProgressEvent =
  | {
      /** A new phase began; `total` is an estimate in rows, null when there are none or it is unknown. */
      readonly type: 'phase';
      readonly label: string;
      readonly total: number | null;
    }
  | {
      /** What the phase is at now, such as a table. */
      readonly type: 'item';
      readonly name: string;
    }
  | {
      /** So many more rows are done. */
      readonly type: 'advance';
      readonly rows: number;
    }
  | {
      /** A sentence that the operator should read. */
      readonly type: 'note';
      readonly message: string;
    };

/** What every call takes beside its own options. */
export interface CallOptions {
  /** Aborting it makes the call reject with RUN.INTERRUPTED; nothing is changed then. */
  readonly signal?: AbortSignal;
  /** Called often; it should return quickly and must not throw. */
  readonly onProgress?: (event: ProgressEvent) => void;
}

/** Runs one operation for a program, with a workspace of its own. */
export async function runCall<T>(
  settings: Settings,
  { signal, onProgress = () => undefined }: CallOptions,
  work: (workspace: Workspace) => Promise<T>,
): Promise<T> {
  const interruption = signal === undefined ? null : interruptionOf(signal);
  const progress = progressTo(onProgress);
  try {
    interruption?.signal.throwIfAborted();
    return await work(
      openWorkspace({
        settings,
        progress,
        ...(interruption === null ? {} : { signal: interruption.signal }),
      }),
    );
  } catch (error) {
    throw reportable(error, interruption?.signal);
  } finally {
    interruption?.end();
  }
}

/** The same signal, whose reason is an error of ours: by it the run is known for one that was stopped, not failed. */
function interruptionOf(outer: AbortSignal): { readonly signal: AbortSignal; readonly end: () => void } {
  const inner = new AbortController();
  const abort = (): void => {
    const details = { cause: outer.reason };
    inner.abort(new AppError('RUN.INTERRUPTED', 'Stopped by its AbortSignal; nothing was changed', details));
  };
  if (outer.aborted) abort();
  else outer.addEventListener('abort', abort, { once: true });
  return { signal: inner.signal, end: () => outer.removeEventListener('abort', abort) };
}

function progressTo(tell: (event: ProgressEvent) => void): Progress {
  return {
    phase: (label, total) => tell({ type: 'phase', label, total }),
    item: (name) => tell({ type: 'item', name }),
    advance: (rows) => tell({ type: 'advance', rows }),
    note: (message) => tell({ type: 'note', message }),
  };
}
