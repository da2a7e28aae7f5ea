import { describe, expect, it } from 'vitest';
import { alarmOf, type RunVerdict, stepAlarm } from '../../src/operations/recording/alarms.ts';
import type { Alarm } from '../../src/ports/history.ts';

const failure: RunVerdict = { kind: 'failure', reasons: ['DATABASE.UNREACHABLE'] };
const good: RunVerdict = { kind: 'good', reasons: [] };
const remindAfterMs = 12 * 3_600_000;

/** Steps through verdicts, one an hour; what was told at each. */
function tellHourly(verdicts: readonly RunVerdict[]): (string | null)[] {
  let alarm: Alarm | null = null;
  return verdicts.map((verdict, hour) => {
    const now = new Date(Date.UTC(2026, 10, 20, hour));
    const step = stepAlarm(alarm, verdict, { now, remindAfterMs });
    alarm = step.alarm;
    return step.kind;
  });
}

describe('an alarm', () => {
  it('tells of a failure once, and of its end once', () => {
    expect(tellHourly([good, failure, failure, failure, good, good])).toEqual([
      ...[null, 'failure', null, null, 'recovery', null],
    ]);
  });

  it('tells again of a failure that goes on', () => {
    const told = tellHourly(Array.from({ length: 26 }, () => failure));
    expect(told.flatMap((kind, hour) => (kind === null ? [] : [hour]))).toEqual([0, 12, 24]);
  });

  it('tells of another failure at once', () => {
    const other: RunVerdict = { kind: 'failure', reasons: ['FOLDER.FULL'] };
    const findings: RunVerdict = { kind: 'findings', reasons: ['FOLDER.FULL'] };
    expect(tellHourly([failure, other, other, findings, good])).toEqual([
      ...['failure', 'failure', null, 'findings', 'recovery'],
    ]);
  });

  it('takes the same findings in another order for the same', () => {
    const one: RunVerdict = { kind: 'findings', reasons: ['age', 'space'] };
    expect(tellHourly([one, { ...one, reasons: ['space', 'age'] }])).toEqual(['findings', null]);
  });

  it('tells of no end when nobody was told of the failure', () => {
    const untold: Alarm = { since: '2026-11-20T00:00:00.000Z', count: 2, digest: 'x', sent: null };
    expect(stepAlarm(untold, good, { now: new Date(0), remindAfterMs })).toEqual({
      alarm: null,
      kind: null,
      about: null,
    });
  });

  it('counts from the first failure', () => {
    const now = new Date('2026-11-20T05:00:00.000Z');
    const before: Alarm = { since: '2026-11-18T00:00:00.000Z', count: 2, digest: 'x', sent: null };
    expect(stepAlarm(before, failure, { now, remindAfterMs }).about).toMatchObject({
      since: before.since,
      count: 3,
      sent: now.toISOString(),
    });
  });

  it('tells again when the clock has gone back', () => {
    const now = new Date('2026-11-20T00:00:00.000Z');
    const first = stepAlarm(null, failure, { now, remindAfterMs }).alarm!;
    const future = { ...first, sent: '2027-01-01T00:00:00.000Z' };
    expect(stepAlarm(future, failure, { now, remindAfterMs }).kind).toBe('failure');
  });
});

it('is the same for a backup whoever takes it', () => {
  expect(['backup', 'auto', 'restore'].map(alarmOf)).toEqual(['backup', 'backup', 'restore']);
});
