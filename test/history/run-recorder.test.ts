import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { openHistory } from '../../src/history/open-history.ts';
import { openNotifier } from '../../src/notify/open-notifier.ts';
import type { RecordingContext } from '../../src/operations/recording/context.ts';
import { createRunRecorder } from '../../src/operations/recording/run-recorder.ts';
import type { HistoryRun } from '../../src/ports/history.ts';
import type { RunEntry } from '../../src/ports/run.ts';
import { useTempFolder } from '../support/temp-folder.ts';
import { anyQuery } from './runs.ts';

const root = useTempFolder();
const started = '2026-11-20T02:00:00.000Z';

let context: RecordingContext;
let notes: string[];
beforeEach(() => {
  const file = path.join(root, `${randomBytes(6).toString('hex')}.db`);
  const clock = { now: () => new Date('2026-11-20T02:00:05.000Z') };
  notes = [];
  const note = (message: string): void => void notes.push(message);
  context = {
    ...{ clock, progress: { note }, tool: 'holdfast 0.1.0', user: 'ops', host: 'db1', application: 'shop' },
    settings: { level: '6' },
    historyDays: 30,
    openHistory: () => openHistory({ path: file, clock, note }),
    openNotifier: async () => openNotifier({ channels: [], remindAfterMs: 1 }),
  };
});

function entryOf(command: string): RunEntry {
  return {
    id: `id-${command}`,
    command,
    started,
    finished: null,
    ok: null,
    process: 4711,
    subject: 'latest',
  };
}

async function runs(): Promise<readonly HistoryRun[]> {
  const history = await context.openHistory();
  try {
    return await history.runs(anyQuery);
  } finally {
    await history.close();
  }
}

describe('the recorder', () => {
  it.each(['restore', 'undo', 'cleanup', 'delete'])('keeps a %s before it begins', async (command) => {
    await createRunRecorder(context).began(entryOf(command));
    expect(await runs()).toMatchObject([
      { id: `id-${command}`, result: 'running', finished: null, subject: 'latest', who: 'ops@db1', started },
    ]);
  });

  it.each(['backup', 'auto'])('opens no history before a %s has ended', async (command) => {
    await createRunRecorder({ ...context, openHistory: () => expect.unreachable() }).began(entryOf(command));
  });

  it('keeps a run that was stopped as interrupted, whatever was thrown', async () => {
    const recorder = createRunRecorder({ ...context, signal: AbortSignal.abort() });
    await recorder.began(entryOf('restore'));
    await recorder.ended(entryOf('restore'), { error: new Error('socket closed') });
    expect(await runs()).toMatchObject([{ result: 'interrupted', durationMs: 5000 }]);
  });

  it('masks an address that an error quotes', async () => {
    const error = new AppError('DATABASE.LOST', 'Lost postgresql://joe:hunter2@db/x');
    await createRunRecorder(context).ended(entryOf('backup'), { error });
    const [run] = await runs();
    expect(run!.error!.message).toBe('Lost postgresql://joe:***@db/x');
  });

  it('keeps nothing of a backup that found its period served', async () => {
    const result = { command: 'backup', ok: true, snapshot: null, served: {} };
    await createRunRecorder(context).ended(entryOf('backup'), { result });
    expect(await runs()).toEqual([]);
  });

  it.each([
    ['backup', ['locked']],
    ['auto', []],
  ])('keeps that a %s has met the lock as %j: auto leaves it to its next call', async (command, kept) => {
    const error = new AppError('RUN.LOCKED', 'Another run is working');
    await createRunRecorder(context).ended(entryOf(command), { error });
    expect((await runs()).map(({ result }) => result)).toEqual(kept);
  });

  it('names the database of a run that failed', async () => {
    const entry = {
      ...entryOf('backup'),
      database: { provider: 'postgresql' as const, host: 'db1:5432', name: 'app' },
    };
    await createRunRecorder(context).ended(entry, { error: new Error('x') });
    expect(await runs()).toMatchObject([{ result: 'failed', database: 'app on db1:5432' }]);
  });

  it('notes that the history cannot be used, and goes on', async () => {
    const openHistory = () =>
      Promise.reject(new AppError('HISTORY.UNUSABLE', 'Cannot use the history x: no'));
    const recorder = createRunRecorder({ ...context, openHistory });
    await recorder.began(entryOf('restore'));
    await recorder.ended(entryOf('restore'), { error: new Error('x') });
    expect(notes).toEqual(Array(2).fill('Warning: Cannot use the history x: no'));
  });
});
