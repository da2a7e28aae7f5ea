import { AppError } from '../../errors.ts';
import type { RunEntry, RunLog } from '../../ports/run.ts';
import type { ClockRecord } from '../../retention/clock-watch.ts';
import {
  asBoolean,
  asCount,
  asInstant,
  asNullable,
  asObject,
  asString,
  field,
  parseJson,
} from '../../snapshot/json-shape.ts';
import { readNotes, understood } from './notes-file.ts';

const runsFormat = 'holdfast-runs';

export function formatRunLog(log: RunLog): string {
  return `${JSON.stringify({ format: runsFormat, version: 1, ...log }, null, 2)}\n`;
}

/**
 * The log at this path; null when there is none, or none that can be understood: it is then begun anew.
 *
 * @throws AppError FOLDER.IO when there is one that cannot be read: what it knows of the clock would be forgotten
 */
export async function readRunLogFile(filePath: string): Promise<RunLog | null> {
  const text = await readNotes(filePath);
  return text === null ? null : understood(() => parseRunLog(text));
}

function parseRunLog(text: string): RunLog {
  const object = asObject(parseJson(text, 'log of runs'), 'log of runs');
  if (field(object, 'format') !== runsFormat || field(object, 'version') !== 1) {
    throw new AppError('SNAPSHOT.CONTENT', 'It is not a log of runs that this version of Holdfast reads');
  }
  return {
    last: asNullable(field(object, 'last'), parseEntry, "log's last run"),
    lastSuccess: asNullable(field(object, 'lastSuccess'), parseSuccess, "log's last success"),
    consecutiveFailures: asCount(field(object, 'consecutiveFailures'), "log's failures"),
    lastError: asNullable(field(object, 'lastError'), asString, "log's last error"),
    clock: parseClock(field(object, 'clock')),
    ...(field(object, 'lastDrill') === undefined
      ? {}
      : { lastDrill: parseDrill(field(object, 'lastDrill')) }),
  };
}

function parseEntry(value: unknown, place: string): RunEntry {
  const entry = asObject(value, place);
  return {
    id: asString(field(entry, 'id'), `${place}'s id`),
    command: asString(field(entry, 'command'), `${place}'s command`),
    started: asInstant(field(entry, 'started'), `${place}'s start`),
    finished: asNullable(field(entry, 'finished'), asInstant, `${place}'s end`),
    ok: asNullable(field(entry, 'ok'), asBoolean, `${place}'s result`),
    process: asCount(field(entry, 'process'), `${place}'s process`),
  };
}

function parseSuccess(value: unknown, place: string): { command: string; finished: string } {
  const success = asObject(value, place);
  return {
    command: asString(field(success, 'command'), `${place}'s command`),
    finished: asInstant(field(success, 'finished'), `${place}'s end`),
  };
}

function parseDrill(value: unknown): NonNullable<RunLog['lastDrill']> {
  const place = "log's last drill";
  const drill = asObject(value, place);
  return {
    snapshot: asString(field(drill, 'snapshot'), `${place}'s snapshot`),
    finished: asInstant(field(drill, 'finished'), `${place}'s end`),
    ok: asBoolean(field(drill, 'ok'), `${place}'s result`),
  };
}

function parseClock(value: unknown): ClockRecord {
  const clock = asObject(value, "log's clock");
  return {
    highWater: asNullable(field(clock, 'highWater'), asInstant, "clock's high water"),
    leap: asNullable(field(clock, 'leap'), parseLeap, "clock's leap"),
  };
}

function parseLeap(value: unknown, place: string): { from: string; to: string } {
  const leap = asObject(value, place);
  return {
    from: asInstant(field(leap, 'from'), `${place}'s begin`),
    to: asInstant(field(leap, 'to'), `${place}'s end`),
  };
}
