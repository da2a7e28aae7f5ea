import type { TargetLog, TargetRecord } from '../../ports/offsite.ts';
import {
  asCount,
  asInstant,
  asNullable,
  asObject,
  asString,
  field,
  parseJson,
} from '../../snapshot/json-shape.ts';
import { readNotes, understood } from './notes-file.ts';

const targetsFormat = 'holdfast-targets';

export function formatTargetLog(targets: TargetLog): string {
  return `${JSON.stringify({ format: targetsFormat, version: 1, targets }, null, 2)}\n`;
}

/**
 * The log at this path; empty when there is none, or none that can be understood: it is then begun anew.
 *
 * @throws AppError FOLDER.IO when there is one that cannot be read
 */
export async function readTargetLogFile(filePath: string): Promise<TargetLog> {
  const text = await readNotes(filePath);
  return (text === null ? null : understood(() => parseTargetLog(text))) ?? {};
}

function parseTargetLog(text: string): TargetLog {
  const object = asObject(parseJson(text, 'log of targets'), 'log of targets');
  if (field(object, 'format') !== targetsFormat || field(object, 'version') !== 1) return {};
  const targets = asObject(field(object, 'targets'), "log's targets");
  return Object.fromEntries(Object.entries(targets).map(([name, value]) => [name, parseRecord(value, name)]));
}

function parseRecord(value: unknown, place: string): TargetRecord {
  const record = asObject(value, place);
  return {
    reached: asNullable(field(record, 'reached'), asInstant, `${place}'s reached`),
    newest: asNullable(field(record, 'newest'), asInstant, `${place}'s newest`),
    copies: asCount(field(record, 'copies'), `${place}'s copies`),
    verified: asNullable(field(record, 'verified'), asInstant, `${place}'s verified`),
    error: asNullable(field(record, 'error'), asString, `${place}'s error`),
  };
}
