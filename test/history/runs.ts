import type { HistoryQuery, HistoryRun } from '../../src/ports/history.ts';

export const anyQuery: HistoryQuery = {
  command: null,
  result: null,
  since: null,
  snapshot: null,
  limit: null,
};

export function makeRun(given: Partial<HistoryRun> = {}): HistoryRun {
  return {
    id: '00112233445566aa',
    command: 'backup',
    subject: null,
    who: 'ops@db1',
    process: 4711,
    tool: 'holdfast 0.1.0',
    started: '2026-11-20T02:00:00.000Z',
    finished: '2026-11-20T02:00:01.234Z',
    result: 'succeeded',
    database: null,
    snapshot: 'daily-backup-2026-11-20',
    tables: 3,
    rows: 20_000,
    bytes: 1_200_000,
    durationMs: 1234,
    error: null,
    details: null,
    deliveries: [],
    ...given,
  };
}
