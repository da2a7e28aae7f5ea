import {
  type ForgedManifest,
  type Form,
  forgeBlocks,
  forgeSnapshot,
  forms,
  makeSnapshot,
  type SampleSnapshot,
  sampleSnapshot,
} from '../../support/snapshots.ts';

type Roll = () => number;

export interface Hostile {
  readonly form: Form;
  readonly bytes: Buffer;
  /** How it was made, to make it again. */
  readonly what: string;
}

const deep = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

/** JSON that somebody who means harm puts where another value stood. */
const values: readonly string[] = [
  ...['null', 'true', '0', '-1', '-0', '1e400', '1e-400', '9007199254740993', '18446744073709551616', '""'],
  ...['[]', '{}', '[[]]', deep(100), deep(10_000), '{"__proto__":{"polluted":true}}', '"__proto__"'],
  ...['{"constructor":{"prototype":{"polluted":true}}}', '"../../../../etc/passwd"', '"/etc/cron.d/x"'],
  ...['"C:\\\\windows"', '"a\\u0000b"', '"\\ud800"', '"\\u001b[2J"', '"x\\"; DROP TABLE product; --"'],
  ...['"\'; DELETE FROM product; --"', '"\\\\! touch x"', '"$(touch x)"', '"`touch x`"', '{"a":1,"a":2}'],
  ...['NaN', 'Infinity', 'undefined', "'x'", '01', '1.', '.5', '+1', '[1,]', '{"a":}', '//', '"\t"', '"\n"'],
  ...['"2026-13-45T99:99:99Z"', '{"t":"zz"}', '{"b":"0"}', '{"b":"xyz"}', '{"i":"1e9"}', '{"r":"NaN"}'],
  ...['{"r":"Infinity"}', '"\u{1F40E}"', `"${'x'.repeat(70_000)}"`, `[${'0,'.repeat(5000)}0]`],
];

const names = ['__proto__', 'constructor', 'prototype', 'toString', 'length', '', 'a"b', 'then', '\\u0000'];

/** A snapshot with one to three hostile changes. In most of them every checksum fits, so that what is behind is reached. */
export async function makeHostile(roll: Roll): Promise<Hostile> {
  const form = pick(roll, forms);
  const sample = sampleSnapshot();
  if (roll() < 0.3) return scatterBytes(roll, form, sample);
  return forge(roll, form, sample);
}

async function scatterBytes(roll: Roll, form: Form, sample: SampleSnapshot): Promise<Hostile> {
  const { bytes } = await makeSnapshot(sample, form);
  const changed = Buffer.from(bytes);
  const changes = 1 + Math.floor(roll() * 8);
  for (let count = 0; count < changes; count++) {
    changed[Math.floor(roll() * changed.length)] = Math.floor(roll() * 256);
  }
  const cut = roll() < 0.2 ? changed.subarray(0, Math.floor(roll() * changed.length)) : changed;
  return { form, bytes: cut, what: `${changes} bytes by lot, cut to ${cut.length}` };
}

function forge(roll: Roll, form: Form, sample: SampleSnapshot): Hostile {
  const blocks = forgeBlocks(sample).map(({ text, rows }) => ({ text, rows }));
  const what: string[] = [];
  let manifestText: ((json: string) => string) | undefined;
  let alter: ((manifest: ForgedManifest) => unknown) | undefined;
  const changes = 1 + Math.floor(roll() * 3);
  for (let count = 0; count < changes; count++) {
    const place = roll();
    if (place < 0.6) {
      const index = Math.floor(roll() * blocks.length);
      const change = changeText(roll, blocks[index]!.text);
      blocks[index] = { ...blocks[index]!, text: change.text };
      what.push(`block ${index}: ${change.what}`);
    } else if (place < 0.85) {
      const change = changeText(roll, '');
      manifestText = (json) => `],\n"manifest":${changeText(roll, json).text},\n`;
      what.push(`manifest text: ${change.what}`);
    } else {
      const value = pick(roll, [-1, 0, 1, 2 ** 31, 2 ** 53, 1e308, null, '1', [], {}]);
      const field = pick(roll, [
        'offset',
        'bytes',
        'textBytes',
        'rows',
        'sha256',
        'firstBlock',
        'blocks',
        'name',
      ]);
      alter = (manifest) => withField(roll, manifest, { field, value });
      what.push(`manifest ${field} is ${JSON.stringify(value)}`);
    }
  }
  const bytes = forgeSnapshot(sample, form, {
    blocks,
    ...(alter === undefined ? {} : { alter }),
    ...(manifestText === undefined ? {} : { manifestText }),
  });
  return { form, bytes, what: what.join('; ') };
}

/** One token of the text changed, repeated, dropped, or given another name. */
function changeText(roll: Roll, text: string): { text: string; what: string } {
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null|[[\]{},:]|\s+|[^\s]/g) ?? [''];
  const index = Math.floor(roll() * tokens.length);
  const kind = pick(roll, ['value', 'value', 'value', 'name', 'twice', 'dropped', 'swapped', 'byte']);
  const token = tokens[index]!;
  if (kind === 'value') tokens[index] = pick(roll, values);
  if (kind === 'name') tokens[index] = `"${pick(roll, names)}"`;
  if (kind === 'twice') tokens[index] = token + token;
  if (kind === 'dropped') tokens[index] = '';
  if (kind === 'swapped') tokens.splice(index, 2, tokens[index + 1] ?? '', token);
  if (kind === 'byte') tokens[index] = token + String.fromCharCode(Math.floor(roll() * 0x3000));
  return { text: tokens.join(''), what: `${kind} at token ${index} (${token.slice(0, 20)})` };
}

function withField(roll: Roll, manifest: ForgedManifest, change: { field: string; value: unknown }): unknown {
  const holders = [manifest, ...manifest.tables, ...manifest.blocks].filter((one) => change.field in one);
  if (holders.length > 0) Object.assign(pick(roll, holders), { [change.field]: change.value });
  return manifest;
}

function pick<T>(roll: Roll, list: readonly T[]): T {
  return list[Math.floor(roll() * list.length)]!;
}
