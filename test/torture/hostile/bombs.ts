import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import {
  type Form,
  forgeBlocks,
  forgeSnapshot,
  forms,
  type SampleSnapshot,
  sampleSnapshot,
  sampleTable,
} from '../../support/snapshots.ts';

export interface Bomb {
  readonly name: string;
  readonly form: Form;
  readonly make: () => Buffer;
}

const megabyte = 2 ** 20;

/** Content that is made to exhaust a reader: memory, stack or time. */
export function bombs(): readonly Bomb[] {
  const all = (name: string, make: (form: Form) => Buffer): Bomb[] =>
    forms.map((form) => ({ name: `${name}, ${form}`, form, make: () => make(form) }));
  return [
    { name: 'a gigabyte in a member that says 100 bytes', form: '.json.gz', make: lyingMember },
    ...all('a line of 512 MB', (form) => withRow(form, longText(512 * megabyte))),
    ...all('a line of 64 MB', (form) => withRow(form, longText(64 * megabyte))),
    ...all('a row five million deep', (form) => withRow(form, `[${'['.repeat(5e6)}${']'.repeat(5e6)}]`)),
    ...all('a header five million deep', (form) => withHead(form, `${'['.repeat(5e6)}${']'.repeat(5e6)}`)),
    ...all('a header with a million keys', (form) => withHead(form, manyKeys(1e6))),
    ...all('a header with a key a million times', (form) => withHead(form, sameKey(1e6))),
    ...all('a manifest five million deep', (form) =>
      withManifest(form, `${'['.repeat(5e6)}${']'.repeat(5e6)}`),
    ),
    ...all('a manifest with a million tables', (form) => withManifest(form, manyTables(1e6))),
    ...all('a number of ten million digits', (form) => withRow(form, `[${'9'.repeat(1e7)}]`)),
    { name: 'two hundred thousand members of nothing', form: '.json.gz', make: manyMembers },
  ];
}

function oneColumn(): SampleSnapshot {
  return sampleSnapshot({
    tables: [{ table: sampleTable('t', { a: 'cell' }), lines: ['[1]'] }],
    sequences: [],
  });
}

/** Strings end at half a gigabyte, buffers do not. */
function longText(bytes: number): Buffer {
  return Buffer.concat([Buffer.from('["'), Buffer.alloc(bytes, 'x'), Buffer.from('"]')]);
}

function withRow(form: Form, line: string | Buffer): Buffer {
  const sample = oneColumn();
  const [head, table] = forgeBlocks(sample);
  const [before = '', after = ''] = table!.text.split('[1]');
  const text = Buffer.concat([Buffer.from(before), toBuffer(line), Buffer.from(after)]);
  const digest = createHash('sha256').update(line).update('\n').digest('hex');
  return forgeSnapshot(sample, form, {
    blocks: [head!, { text, rows: 1 }],
    alter: (manifest) => {
      Object.assign(manifest.tables[0]!, { bytes: Buffer.byteLength(line) + 1, sha256: digest });
      return manifest;
    },
  });
}

function toBuffer(text: string | Buffer): Buffer {
  return typeof text === 'string' ? Buffer.from(text) : text;
}

function withHead(form: Form, value: string): Buffer {
  const sample = oneColumn();
  const [head, table] = forgeBlocks(sample);
  const text = head!.text.replace('"header":{', () => `"header":{"extra":${value},`);
  return forgeSnapshot(sample, form, { blocks: [{ text, rows: 0 }, table!] });
}

function withManifest(form: Form, value: string): Buffer {
  const sample = oneColumn();
  return forgeSnapshot(sample, form, {
    blocks: forgeBlocks(sample),
    manifestText: (json) => `],\n"manifest":${json.replace('{', () => `{"tables":${value},`)},\n`,
  });
}

function lyingMember(): Buffer {
  const sample = oneColumn();
  const [head, table] = forgeBlocks(sample);
  const stored = gzipSync(Buffer.alloc(1024 * megabyte, 0x20));
  return forgeSnapshot(sample, '.json.gz', {
    blocks: [head!, { text: table!.text.slice(0, 100), rows: 1, stored }],
  });
}

function manyKeys(count: number): string {
  return `{${Array.from({ length: count }, (_, index) => `"k${index}":0`).join(',')}}`;
}

function sameKey(count: number): string {
  return `{${Array.from({ length: count }, () => '"__proto__":0').join(',')}}`;
}

function manyTables(count: number): string {
  return `[${Array.from({ length: count }, () => '{"name":"t"}').join(',')}]`;
}

function manyMembers(): Buffer {
  const sample = oneColumn();
  const blocks = forgeBlocks(sample);
  const empty = Buffer.concat(Array.from({ length: 200_000 }, () => gzipSync('')));
  return Buffer.concat([empty, forgeSnapshot(sample, '.json.gz', { blocks })]);
}
