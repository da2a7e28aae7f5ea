import { type FileHandle, open, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { AppError } from '../../src/errors.ts';
import { verifySnapshot } from '../../src/snapshot/verify.ts';
import type { Unlock } from '../../src/util/byte-source.ts';
import {
  type Form,
  makeSnapshot,
  type SampleSnapshot,
  sampleHeader,
  sampleSnapshot,
  sampleTable,
} from './snapshots.ts';

/** What was done to a snapshot, and how many of the results were refused. */
export interface DamageCount {
  readonly form: string;
  readonly damage: string;
  readonly cases: number;
  readonly refused: number;
  /** What was taken for a good snapshot. */
  readonly accepted: readonly string[];
}

/** Whether a reader refuses the file at this path, whose content is given too. */
export type Judge = (filePath: string) => Promise<boolean>;

/** Holdfast's own judgement: the file does not open, or verifying it finds damage. */
export async function isRefused(filePath: string, unlock?: Unlock): Promise<boolean> {
  try {
    return (await verifySnapshot(filePath, { unlock })).length > 0;
  } catch (error) {
    // Anything else is a crash, which is no refusal.
    if (error instanceof AppError) return true;
    throw error;
  }
}

/** The control: a reader that inflates and parses, and compares nothing. */
export function isRefusedNaively(bytes: Buffer, form: Form): boolean {
  try {
    JSON.parse((form === '.json' ? bytes : gunzipSync(bytes)).toString('utf8'));
    return false;
  } catch {
    return true;
  }
}

/** A snapshot of about 4 KB in the given form, and another one that is like it; larger with more rows. */
export async function makeVictim(
  form: Form,
  rows = form === '.json' ? 1 : 100,
): Promise<{ victim: Buffer; other: Buffer }> {
  const [victim, other] = await Promise.all([
    makeSnapshot(victimSample(rows, 1), form),
    makeSnapshot(victimSample(rows, 2), form),
  ]);
  return { victim: victim.bytes, other: other.bytes };
}

/** The shop, with a table of rows that hardly compress. */
function victimSample(rows: number, seed: number): SampleSnapshot {
  const sample = sampleSnapshot({ header: sampleHeader({ tags: ['damage', String(seed)] }) });
  let state = seed;
  const lines = Array.from({ length: rows }, (_, index) => {
    // A Lehmer generator: the same bytes on every machine.
    state = (state * 48_271) % 2_147_483_647;
    return `[${index},"${state.toString(36)}",${state % 2 === 0},"${state.toString(16).padStart(8, '0')}",{"b":"${(state % 65_536).toString(16).padStart(4, '0')}"}]`;
  });
  const { columns } = sample.tables[0]!.table;
  return {
    ...sample,
    tables: [...sample.tables, { table: { ...sampleTable('noise', {}), columns }, lines }],
  };
}

interface Job {
  readonly form: string;
  readonly folder: string;
  readonly victim: Buffer;
  /** Holdfast's own judgement, unless another one is given. */
  readonly judge?: Judge;
}

/** Files that are damaged side by side: reading them leaves most of the time to the system. */
const lanes = 4;

/** Changes one byte after the other to each of the values that `valuesFor` gives for it. */
export async function changeBytes(
  { form, folder, victim, judge = isRefused }: Job,
  valuesFor: (byte: number) => readonly number[],
): Promise<DamageCount> {
  const accepted: string[] = [];
  let cases = 0;
  await runLanes(lanes, async (lane) => {
    const filePath = path.join(folder, `changed-${lane}${form}`);
    await writeFile(filePath, victim);
    const file = await open(filePath, 'r+');
    try {
      for (let offset = lane; offset < victim.length; offset += lanes) {
        for (const value of valuesFor(victim[offset]!)) {
          cases++;
          await writeByte(file, value, offset);
          if (!(await judge(filePath))) accepted.push(`byte ${offset} is ${value}`);
        }
        await writeByte(file, victim[offset]!, offset);
      }
    } finally {
      await file.close();
    }
    if (await judge(filePath)) throw new Error(`${filePath} is refused though every byte is back`);
  });
  return countOf(form, 'one byte changed', cases, accepted);
}

/** Cuts the file to every length below its own. */
export async function cutEverywhere({ form, folder, victim, judge = isRefused }: Job): Promise<DamageCount> {
  const accepted: string[] = [];
  await runLanes(lanes, async (lane) => {
    const filePath = path.join(folder, `cut-${lane}${form}`);
    await writeFile(filePath, victim);
    const longest = victim.length - 1 - lane;
    for (let length = longest; length >= 0; length -= lanes) {
      await truncate(filePath, length);
      if (!(await judge(filePath))) accepted.push(`cut to ${length} bytes`);
    }
  });
  return countOf(form, 'cut short', victim.length, accepted);
}

/** Extends the file in each of the ways of `extensions`. */
export async function extend(
  { form, folder, victim, judge = isRefused }: Job,
  list: readonly Extension[],
): Promise<DamageCount> {
  const accepted: string[] = [];
  for (const { name, bytes } of list) {
    const filePath = path.join(folder, `extended${form}`);
    await writeFile(filePath, bytes);
    if (bytes.equals(victim)) throw new Error(`${name} changes nothing`);
    if (!(await judge(filePath))) accepted.push(name);
  }
  return countOf(form, 'extended', list.length, accepted);
}

export interface Extension {
  readonly name: string;
  readonly bytes: Buffer;
}

/** Ways in which a file grows: by tools, by disks, by people. */
export function extensionsOf(victim: Buffer, other: Buffer, form: Form): readonly Extension[] {
  const behind = (name: string, added: Buffer | string): Extension => ({
    name,
    bytes: Buffer.concat([victim, Buffer.from(added)]),
  });
  const before = (name: string, added: Buffer | string): Extension => ({
    name,
    bytes: Buffer.concat([Buffer.from(added), victim]),
  });
  const half = victim.length >> 1;
  const tail = victim.subarray(-(form === '.json' ? 140 : 163));
  return [
    behind('a zero byte', Buffer.alloc(1)),
    behind('a space', ' '),
    behind('a line feed', '\n'),
    behind('CR LF', '\r\n'),
    behind('the last byte again', victim.subarray(-1)),
    behind('512 zeros', Buffer.alloc(512)),
    behind('zeros to a page', Buffer.alloc(4096 - (victim.length % 4096))),
    behind('70,000 zeros', Buffer.alloc(70_000)),
    behind('a gzip member of nothing', gzipSync('')),
    behind('a gzip member of a line feed', gzipSync('\n')),
    behind('a gzip member of JSON', gzipSync('{"more":true}\n')),
    behind('the beginning of a gzip member', Buffer.from('1f8b08', 'hex')),
    behind('itself', victim),
    behind('another snapshot', other),
    behind('its end line again', tail),
    behind("another snapshot's end line", other.subarray(-tail.length)),
    behind('its own second half', victim.subarray(half)),
    behind('text', 'EOF\n'),
    behind('JSON', '{"end":{"offset":"0"}}\n'),
    before('a byte order mark in front', '\ufeff'),
    before('a line feed in front', '\n'),
    before('a gzip member of nothing in front', gzipSync('')),
    before('another snapshot in front', other),
    before('its own first half in front', victim.subarray(0, half)),
    {
      name: 'a byte in the middle',
      bytes: Buffer.concat([victim.subarray(0, half), victim.subarray(half - 1)]),
    },
    {
      name: 'CR before every LF',
      bytes: Buffer.from(victim.toString('latin1').replaceAll('\n', '\r\n'), 'latin1'),
    },
    {
      name: 'read as Latin-1 and written as UTF-8',
      bytes: Buffer.from(victim.toString('latin1'), 'utf8'),
    },
    { name: 'compressed once more', bytes: gzipSync(victim) },
  ];
}

function countOf(form: string, damage: string, cases: number, accepted: readonly string[]): DamageCount {
  return { form, damage, cases, refused: cases - accepted.length, accepted };
}

async function writeByte(file: FileHandle, value: number, offset: number): Promise<void> {
  await file.write(Buffer.of(value), 0, 1, offset);
}

async function runLanes(count: number, work: (lane: number) => Promise<void>): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, lane) => work(lane)));
}
