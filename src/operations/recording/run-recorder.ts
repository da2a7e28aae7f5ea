import type { Alarm, HistoryRun } from '../../ports/history.ts';
import type { Delivery, HeartbeatSignal, Notice, NoticeKind } from '../../ports/notifier.ts';
import type { RunEntry, RunObserver, RunOutcome } from '../../ports/run.ts';
import { countOf, formatBytes } from '../../util/bytes.ts';
import { formatDuration } from '../../util/duration.ts';
import { formatIdentity } from '../identity.ts';
import { alarmOf, verdictOf } from './alarms.ts';
import { type RecordingContext, withHistory } from './context.ts';
import { publicError } from './public-error.ts';
import { factsOf, isIdle } from './run-facts.ts';
import { noteFailures, tell } from './tell.ts';

/** Recorded before they begin, too: should the machine die, the history shows what was under way. */
const destructive: ReadonlySet<string> = new Set(['restore', 'undo', 'cleanup', 'delete']);

/** What a heartbeat stands for: a backup was taken. */
const heartbeatCommands: ReadonlySet<string> = new Set(['backup', 'auto']);

const dayMs = 86_400_000;
/** So many of the newest runs stay whatever their age: a clock that was wrong for a day empties no history. */
const leastKept = 1000;

/** Keeps the history of runs, and tells the operator's channels what is new. */
export function createRunRecorder(context: RecordingContext): RunObserver {
  return new RunRecorder(context);
}

class RunRecorder implements RunObserver {
  readonly #context: RecordingContext;
  /** The ping at the begin; the work does not wait for it. */
  #started: Promise<readonly Delivery[]> = Promise.resolve([]);

  constructor(context: RecordingContext) {
    this.#context = context;
  }

  async began(entry: RunEntry): Promise<void> {
    if (heartbeatCommands.has(entry.command)) {
      this.#started = this.#beat('start', `${entry.command} begins`);
      // `ended` sees a rejection; until then it must not end the process.
      this.#started.catch(() => undefined);
    }
    if (!destructive.has(entry.command)) return;
    await withHistory(this.#context, (history) => history.save(this.#unfinished(entry)));
  }

  async ended(entry: RunEntry, outcome: RunOutcome): Promise<void> {
    const run = this.#finished(entry, outcome);
    const isRecorded = !isIdle(entry, outcome);
    if (isRecorded) await this.#save(run);
    const deliveries = [
      ...(await this.#started),
      ...(await Promise.all([this.#tell(run, outcome), this.#beatEnd(run)])).flat(),
    ];
    if (isRecorded && deliveries.length > 0) {
      await withHistory(this.#context, (history) => history.save({ ...run, deliveries }));
    }
  }

  async #save(run: HistoryRun): Promise<void> {
    const { settings, clock, historyDays } = this.#context;
    await withHistory(this.#context, async (history) => {
      await history.save(run);
      await history.saveSettings(settings, { id: run.id, at: clock.now() });
      await history.forget({
        before: new Date(clock.now().getTime() - historyDays * dayMs),
        keep: leastKept,
      });
    });
  }

  #unfinished({ id, command, subject, started, process, database }: RunEntry): HistoryRun {
    const { user, host, tool } = this.#context;
    return {
      ...{ id, command, subject: subject ?? null, who: `${user}@${host}`, process, tool, started },
      ...{ finished: null, result: 'running', snapshot: null, tables: null, rows: null },
      database: database === undefined ? null : formatIdentity(database),
      ...{ bytes: null, durationMs: null, error: null, details: null, deliveries: [] },
    };
  }

  #finished(entry: RunEntry, outcome: RunOutcome): HistoryRun {
    const finished = entry.finished ?? this.#context.clock.now().toISOString();
    return {
      ...this.#unfinished(entry),
      ...factsOf(outcome, this.#context.signal?.aborted === true),
      finished,
      // A clock that was set back in between would make it negative.
      durationMs: Math.max(0, Date.parse(finished) - Date.parse(entry.started)),
    };
  }

  async #tell(run: HistoryRun, outcome: RunOutcome): Promise<readonly Delivery[]> {
    const findings = run.result === 'findings' ? warningsOf(outcome) : [];
    const reasons = run.error === null ? findings : [run.error.code];
    const verdict = verdictOf(run.result, reasons);
    if (verdict === null) return [];
    const notice = (kind: NoticeKind, about: Alarm | null) => this.#notice(run, { kind, about, findings });
    return tell(this.#context, { alarm: alarmOf(run.command), verdict, notice });
  }

  #notice(
    run: HistoryRun,
    { kind, about, findings }: { kind: NoticeKind; about: Alarm | null; findings: readonly string[] },
  ): Notice {
    const { application, host, tool } = this.#context;
    const { id, command, started, durationMs, snapshot, rows, bytes, error } = run;
    return {
      ...{ kind, isTest: false, command, application, host, tool, run: id, started, durationMs },
      ...{ snapshot, rows, bytes, findings, count: about?.count ?? 0, since: about?.since ?? null },
      error: error === null ? null : publicError(error),
    };
  }

  #beatEnd(run: HistoryRun): Promise<readonly Delivery[]> {
    const signal = signalOf(run);
    return signal === null ? Promise.resolve([]) : this.#beat(signal, describeRun(run));
  }

  async #beat(signal: HeartbeatSignal, text: string): Promise<readonly Delivery[]> {
    const notifier = await this.#context.openNotifier();
    const deliveries = await notifier.beat(signal, text);
    noteFailures(this.#context, deliveries);
    return deliveries;
  }
}

function signalOf({ command, result }: HistoryRun): HeartbeatSignal | null {
  if (!heartbeatCommands.has(command)) return null;
  if (result === 'failed') return 'fail';
  // With findings, too: the snapshot is taken and verified.
  return result === 'succeeded' || result === 'findings' ? 'success' : null;
}

function warningsOf(outcome: RunOutcome): readonly string[] {
  if ('error' in outcome || !('warnings' in outcome.result)) return [];
  const { warnings } = outcome.result;
  return Array.isArray(warnings) ? warnings.map(String) : [];
}

function describeRun({ command, error, snapshot, rows, bytes, durationMs }: HistoryRun): string {
  const time = formatDuration(durationMs ?? 0);
  if (error !== null) {
    const { code, message } = publicError(error);
    return `${command} failed after ${time}: ${message} [${code}]`;
  }
  if (snapshot === null) return `${command}: nothing to do`;
  return `${command}: ${snapshot}, ${countOf(rows ?? 0, 'row')}, ${formatBytes(bytes ?? 0)}, ${time}`;
}
