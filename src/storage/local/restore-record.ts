import { readFile } from 'node:fs/promises';
import { AppError, describeError, systemCode } from '../../errors.ts';
import type { RestoreRecord } from '../../ports/backup-folder.ts';
import { parseStatement } from '../../snapshot/header.ts';
import {
  asList,
  asNullable,
  asObject,
  asOneOf,
  asString,
  field,
  parseJson,
} from '../../snapshot/json-shape.ts';

export function formatRecord(record: RestoreRecord): string {
  return `${JSON.stringify({ format: 'holdfast-restore', version: 1, ...record }, null, 2)}\n`;
}

/** The record at this path, or null when there is none. */
export async function readRecordFile(filePath: string): Promise<RestoreRecord | null> {
  try {
    return parseRecord(await readFile(filePath, 'utf8'));
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    if (code !== undefined && !(error instanceof AppError)) throw unreadable(filePath, error);
    throw new AppError(
      'RESTORE.UNFINISHED',
      `Cannot read the record of the last restore, ${filePath}: ${describeError(error)}`,
      {
        hint: 'If a restore was interrupted it names the triggers that were taken down: read it, then move it away',
        cause: error,
      },
    );
  }
}

function parseRecord(text: string): RestoreRecord {
  const object = asObject(parseJson(text, 'record of the last restore'), 'record of the last restore');
  const get = (name: string): unknown => field(object, name);
  const target = asObject(get('target'), "record's target");
  return {
    finished: asNullable(get('finished'), asString, "record's finished"),
    started: asString(get('started'), "record's started"),
    command: asOneOf(get('command'), ['restore', 'undo'], "record's command"),
    snapshot: asString(get('snapshot'), "record's snapshot"),
    safety: asNullable(get('safety'), asString, "record's safety"),
    target: {
      provider: asOneOf(field(target, 'provider'), ['sqlite', 'postgresql', 'mysql'], "target's provider"),
      host: asNullable(field(target, 'host'), asString, "target's host"),
      name: asString(field(target, 'name'), "target's name"),
    },
    statements: asList(get('statements'), parseStatement, "record's statements"),
  };
}

function unreadable(filePath: string, error: unknown): AppError {
  return new AppError(
    'FOLDER.IO',
    `Cannot read the record of the last restore, ${filePath}: ${describeError(error)}`,
    {
      hint: 'Give this user the backup folder, or choose another one with --dir or BACKUP_DIR',
      cause: error,
    },
  );
}
