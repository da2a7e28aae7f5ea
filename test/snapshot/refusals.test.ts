import { mkdir, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { deflateRawSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { openSnapshotFile } from '../../src/snapshot/reader.ts';
import { verifySnapshot } from '../../src/snapshot/verify.ts';
import {
  type ForgedManifest,
  type Forgery,
  type Form,
  forgeBlocks,
  forgeSnapshot,
  forms,
  loadSnapshot,
  makeSnapshot,
  type SampleSnapshot,
  sampleHeader,
  sampleSnapshot,
  sampleTable,
  store,
  takeApart,
} from '../support/snapshots.ts';
import { useTempFolder } from '../support/temp-folder.ts';

const folder = useTempFolder();
const sample = sampleSnapshot();

async function save(bytes: Buffer | string, form: Form): Promise<string> {
  const file = path.join(folder, `case${form}`);
  await writeFile(file, bytes);
  return file;
}

/** The first thing that is wrong with a file, thrown or found: code and message, the path as FILE. */
async function faultOf(
  bytes: Buffer | string,
  form: Form,
): Promise<{ code: string; message: string; hint?: string }> {
  const file = await save(bytes, form);
  const tell = (message: string): string => message.replace(file, 'FILE');
  try {
    const [damage] = await verifySnapshot(file);
    if (damage === undefined) return { code: 'good', message: '' };
    return { code: damage.code, message: tell(damage.message) };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const { code, message, hint } = error;
    return hint === undefined ? { code, message: tell(message) } : { code, message: tell(message), hint };
  }
}

describe('opening', () => {
  it('says that there is no such file', async () => {
    await expect(openSnapshotFile(path.join(folder, 'none.json'))).rejects.toMatchObject({
      code: 'SNAPSHOT.NOT_FOUND',
      message: `There is no snapshot ${path.join(folder, 'none.json')}`,
      hint: 'holdfast list',
    });
  });

  it('refuses a folder', async () => {
    const folderAsFile = path.join(folder, 'folder.json');
    await mkdir(folderAsFile);
    await expect(openSnapshotFile(folderAsFile)).rejects.toMatchObject({
      code: 'SNAPSHOT.FORMAT',
      message: `Cannot read snapshot ${folderAsFile}: it is not a file`,
    });
  });

  it('says which part of a path is no folder', async () => {
    const below = path.join(await save('x', '.json'), 'below.json');
    await expect(openSnapshotFile(below)).rejects.toMatchObject({ code: 'FOLDER.IO' });
  });

  it.each<[string, Buffer | string]>([
    ['an empty file', ''],
    ['one byte', 'x'],
    ['the first byte of gzip', Buffer.of(0x1f)],
    ['the first bytes of gzip', Buffer.of(0x1f, 0x8b)],
    ['text', 'SQLite format 3\0'.padEnd(5000)],
    ['some JSON', JSON.stringify({ format: 'other', version: 1, data: ['x'.repeat(1000)] })],
    ['some gzip', gzipSync('-- PostgreSQL database dump\n'.repeat(1000))],
    ['gzipped JSON', gzipSync(JSON.stringify({ format: 'other', tables: [] }))],
    [
      'a gzip member that claims a name without end',
      Buffer.concat([Buffer.from('1f8b08080000000000ff', 'hex'), Buffer.alloc(5000, 'a')]),
    ],
    ['broken gzip', Buffer.concat([Buffer.from('1f8b0800000000000003', 'hex'), Buffer.alloc(300, 7)])],
    ['zeros', Buffer.alloc(5000)],
  ])('refuses %s as no snapshot', async (_, bytes) => {
    expect(await faultOf(bytes, '.json')).toMatchObject({ code: 'SNAPSHOT.FORMAT' });
  });

  it('takes a snapshot for what its bytes say, whatever its ending', async () => {
    const { bytes } = await makeSnapshot(sample, '.json.gz');
    expect(await faultOf(bytes, '.json')).toMatchObject({ code: 'good' });
  });
});

describe.each(forms)('the end of a %s snapshot', (form) => {
  it.each<[string, (bytes: Buffer) => Buffer, string, string]>([
    [
      'nothing but its head',
      (bytes) => bytes.subarray(0, 400),
      'TRUNCATED',
      'its end is missing (the file has 400 bytes): it was cut short',
    ],
    [
      'its last byte missing',
      (bytes) => bytes.subarray(0, -1),
      'TRUNCATED',
      'it was cut short: its end lacks 1 byte',
    ],
    [
      'a line feed more',
      (bytes) => Buffer.concat([bytes, Buffer.from('\n')]),
      'EXTENDED',
      'it has 1 byte behind its end',
    ],
    [
      'the head of gzip behind it',
      (bytes) => Buffer.concat([bytes, Buffer.from('1f8b00', 'hex')]),
      'EXTENDED',
      'it has 3 bytes behind its end',
    ],
    [
      '100,000 zeros behind it',
      (bytes) => Buffer.concat([bytes, Buffer.alloc(100_000)]),
      'TRUNCATED',
      'it was cut short, or much was added behind it',
    ],
    [
      'itself behind it',
      (bytes) => Buffer.concat([bytes, bytes]),
      'EXTENDED',
      'and its end line closes one of',
    ],
    [
      'a stretch missing in its middle',
      (bytes) => Buffer.concat([bytes.subarray(0, 700), bytes.subarray(720)]),
      'TRUNCATED',
      'and its end line closes one of',
    ],
  ])('with %s is described', async (_, damage, code, message) => {
    const { bytes } = await makeSnapshot(sample, form);
    const fault = await faultOf(damage(bytes), form);
    expect(fault).toMatchObject({ code: `SNAPSHOT.${code}`, message: expect.stringContaining(message) });
    expect(fault.message).toMatch(/^Cannot read snapshot FILE: [a-z]/);
  });

  it('that is damaged itself is described', async () => {
    const { bytes } = await makeSnapshot(sample, form);
    bytes[bytes.length - 40] = 0x7a;
    expect(await faultOf(bytes, form)).toMatchObject({
      code: 'SNAPSHOT.CHECKSUM',
      message: expect.stringMatching(/its end line is damaged \(the last 1(40|63) bytes\)$/),
    });
  });
});

describe.each(forms)('the stretches of a %s snapshot', (form) => {
  /** The parts of the sample: head, three tables, manifest, end. */
  async function partsOf(changes: Partial<SampleSnapshot> = {}): Promise<Buffer[]> {
    const { bytes, written } = await makeSnapshot(sampleSnapshot(changes), form);
    return takeApart(bytes, written.manifest);
  }

  it.each<[string, (parts: Buffer[]) => (Buffer | undefined)[]]>([
    ['swapped', ([head, a, b, c, ...rest]) => [head, b, a, c, ...rest]],
    ['repeated', ([head, a, ...rest]) => [head, a, a, ...rest]],
    ['dropped', ([head, , ...rest]) => [head, ...rest]],
    ['without the head', ([, ...rest]) => rest],
    ['without the manifest', ([head, a, b, c, , end]) => [head, a, b, c, end]],
    ['with the manifest twice', ([head, a, b, c, manifest, end]) => [head, a, b, c, manifest, manifest, end]],
    ['with the end in front', ([head, a, b, c, manifest, end]) => [end, head, a, b, c, manifest]],
    ['with a member of nothing between', ([head, ...rest]) => [head, gzipSync(''), ...rest]],
  ])('are refused %s', async (_, rearrange) => {
    const parts = rearrange(await partsOf()).map((part) => part!);
    expect((await faultOf(Buffer.concat(parts), form)).code).toMatch(/^SNAPSHOT\./);
  });

  it('are refused when one is of another snapshot', async () => {
    const other = await partsOf({
      header: sampleHeader({ id: 'ffff112233445566' }),
      tables: sample.tables.map(({ table, lines }) => ({ table, lines: [...lines].reverse() })),
    });
    for (const [index, part] of (await partsOf()).entries()) {
      const mixed = await partsOf();
      if (part.equals(other[index]!)) continue;
      mixed[index] = other[index]!;
      expect((await faultOf(Buffer.concat(mixed), form)).code, `part ${index}`).toMatch(/^SNAPSHOT\./);
    }
  });

  it('name the table whose bytes are damaged, and no other', async () => {
    const { bytes, written } = await makeSnapshot(sample, form);
    const block = written.manifest.blocks[1]!;
    bytes[block.offset + block.bytes - 12]! ^= 1;
    const damages = await verifySnapshot(await save(bytes, form));
    expect(damages).toEqual([
      {
        code: 'SNAPSHOT.CHECKSUM',
        table: written.manifest.tables[0],
        message: expect.stringContaining(
          `the checksum of bytes ${block.offset} to ${block.offset + block.bytes - 1} differs`,
        ),
      },
    ]);
  });
});

describe('versions', () => {
  const newer = (text: string): string => text.replace('"version":1', '"version":2');
  const asVersion2: [string, Forgery][] = [
    ['otherwise like version 1', { blocks: [] }],
    ['with another manifest', { blocks: [], alter: () => ({ parts: [] }) }],
    ['with a manifest elsewhere', { blocks: [], manifestText: (json) => `],"m":${json},\n` }],
  ];

  it.each(asVersion2)('refuses a newer format %s, with advice', async (_, forgery) => {
    for (const form of forms) {
      const [head, ...rest] = forgeBlocks(sample);
      const blocks = [{ ...head!, text: newer(head!.text) }, ...rest];
      expect(await faultOf(forgeSnapshot(sample, form, { ...forgery, blocks }), form)).toEqual({
        code: 'SNAPSHOT.VERSION',
        message: 'Cannot read snapshot FILE: it is of format 2; this version of Holdfast reads format 1',
        hint: 'Update Holdfast: npm install holdfast@latest',
      });
    }
  });

  it('refuses a newer format whose end is unknown, with advice', async () => {
    for (const form of forms) {
      const [head] = forgeBlocks(sample);
      const bytes = store(Buffer.from(`${newer(head!.text)}]}\n`), form);
      expect(await faultOf(bytes, form)).toMatchObject({ code: 'SNAPSHOT.VERSION' });
    }
  });

  it('does not take a damaged version for a newer one', async () => {
    const { bytes } = await makeSnapshot(sample, '.json');
    bytes[bytes.indexOf('"version":1') + 10] = 0x32;
    expect(await faultOf(bytes, '.json')).toMatchObject({ code: 'SNAPSHOT.CHECKSUM' });
  });

  it('refuses an unknown kind, with advice', async () => {
    const header = { ...sample.header, kind: 'incremental' };
    expect(await faultOf(forgeHead({ header }), '.json')).toEqual({
      code: 'SNAPSHOT.VERSION',
      message:
        'Cannot read snapshot FILE: it is of a kind that this version of Holdfast does not know: "incremental"',
      hint: 'Update Holdfast: npm install holdfast@latest',
    });
  });
});

/** A plain snapshot whose head says something else, with checksums that fit. */
function forgeHead({
  header = sample.header,
  schema = sample.schema,
}: {
  header?: unknown;
  schema?: unknown;
}): Buffer {
  const [, ...tables] = forgeBlocks(sample);
  const text = `{"format":"holdfast-snapshot","version":1,"header":${JSON.stringify(header)},\n"schema":${JSON.stringify(schema)},\n"tables":[\n`;
  return forgeSnapshot(sample, '.json', { blocks: [{ text }, ...tables] });
}

function forgeManifest(alter: (manifest: ForgedManifest) => unknown, form: Form = '.json'): Buffer {
  return forgeSnapshot(sample, form, { blocks: forgeBlocks(sample), alter });
}

describe('a snapshot whose checksums fit', () => {
  it('is refused when a block has another length than is stated, before its manifest is believed', async () => {
    for (const form of forms) {
      const bytes = forgeManifest((manifest) => {
        manifest.blocks[1] = { ...manifest.blocks[1]!, textBytes: manifest.blocks[1]!.textBytes + 1 };
        return manifest;
      }, form);
      expect(await faultOf(bytes, form)).toMatchObject({
        code: 'SNAPSHOT.CONTENT',
        message: expect.stringContaining('a block does not hold the text that its entry states') as unknown,
      });
    }
  });

  it.each(['offset', 'bytes'])(
    'is refused when its end says that its %s is too large to count',
    async (field) => {
      const { bytes } = await makeSnapshot(sample, '.json');
      const end = bytes.length - 200;
      const line = bytes
        .toString('latin1', end)
        .replace(new RegExp(`"${field}":"\\d+"(?=.*\\n$)`), `"${field}":"${'9'.repeat(16)}"`);
      const forged = Buffer.concat([bytes.subarray(0, end), Buffer.from(line, 'latin1')]);
      expect(forged.length).toBe(bytes.length);
      expect(await faultOf(forged, '.json')).toMatchObject({
        code: 'SNAPSHOT.CHECKSUM',
        message: expect.stringContaining('its end line is damaged') as unknown,
      });
    },
  );

  it('is good when nothing else is wrong', async () => {
    for (const form of forms) {
      const bytes = forgeSnapshot(sample, form, { blocks: forgeBlocks(sample) });
      expect(await faultOf(bytes, form)).toMatchObject({ code: 'good' });
      expect(await loadSnapshot(await save(bytes, form))).toEqual(sample);
    }
  });

  const without = (name: string): unknown =>
    Object.fromEntries(Object.entries(sample.header).filter(([key]) => key !== name));

  it.each(Object.keys(sample.header))('is refused without %s in its header', async (name) => {
    const fault = await faultOf(forgeHead({ header: without(name) }), '.json');
    expect(fault.code).toBe('SNAPSHOT.CONTENT');
    expect(fault.message).toContain(name === 'database' ? 'database' : `header's ${name}`);
  });

  it.each<[string, unknown]>([
    ['a list', []],
    ['null', null],
    ['fields of its prototype only', JSON.parse(`{"__proto__":${JSON.stringify(sample.header)}}`)],
    ['a kind that is no text', { ...sample.header, kind: { toString: 1, valueOf: 1 } }],
    ['another purpose', { ...sample.header, purpose: 'archive' }],
    ['another provider', { ...sample.header, provider: 'oracle' }],
    ['another tier', { ...sample.header, tier: 'hourly' }],
    ['tiers that are none', { ...sample.header, serves: ['daily', 'hourly'] }],
    ['a time that is none', { ...sample.header, created: 'yesterday' }],
    ['a local time', { ...sample.header, created: '2026-11-20T10:30:00.000+01:00' }],
    ['a day that is none', { ...sample.header, created: '2026-02-30T10:30:00.000Z' }],
    ['bytes in base64', { ...sample.header, bytes: 'base64' }],
    ['tags that are no texts', { ...sample.header, tags: [1] }],
    ['a reason of another command', { ...sample.header, before: { command: 'drop', snapshot: 'x' } }],
    ['something left out without a reason', { ...sample.header, leftOut: [{ kind: 'view', name: 'v' }] }],
  ])('is refused with %s as its header', async (_, header) => {
    expect(await faultOf(forgeHead({ header }), '.json')).toMatchObject({ code: 'SNAPSHOT.CONTENT' });
  });

  it.each<[string, unknown]>([
    ['a number as Prisma schema', { prisma: 1, definition: [] }],
    ['no definition', { prisma: null }],
    ['a statement without SQL', { prisma: null, definition: [{ kind: 'table', name: 't' }] }],
  ])('is refused with %s', async (_, schema) => {
    expect(await faultOf(forgeHead({ schema }), '.json')).toMatchObject({ code: 'SNAPSHOT.CONTENT' });
  });

  it.each<[string, (head: string) => string]>([
    ['another format', (head) => head.replace('holdfast-snapshot', 'holdfast-sidecar')],
    ['a version that is no number', (head) => head.replace('"version":1', '"version":"1"')],
    ['a version below zero', (head) => head.replace('"version":1', '"version":-1')],
    ['a header that ends without a comma', (head) => head.replace('},\n"schema"', '}\n"schema"')],
    ['two commas', (head) => head.replace('},\n"schema"', '},,\n"schema"')],
    ['a header over two lines', (head) => head.replace('"header":', '"header":\n')],
    ['no tables', (head) => head.replace('"tables":[\n', '')],
    ['tables of another name', (head) => head.replace('"tables":[\n', '"rows":[\n')],
    ['a line more', (head) => `${head}\n`],
    [
      'a deep header',
      (head) => head.replace(/"header":.*/, `"header":${'['.repeat(50_000)}${']'.repeat(50_000)},`),
    ],
    ['broken JSON', (head) => head.replace('"version":1', '"version":1"')],
  ])('is refused with %s in its head', async (_, alter) => {
    const [head, ...tables] = forgeBlocks(sample);
    const text = alter(head!.text);
    expect(text).not.toBe(head!.text);
    const bytes = forgeSnapshot(sample, '.json', { blocks: [{ text }, ...tables] });
    expect((await faultOf(bytes, '.json')).code).toMatch(/^SNAPSHOT\.(CONTENT|FORMAT)$/);
  });

  it.each<[string, (block: { text: string; rows: number }) => { text: string; rows: number }]>([
    [
      'a description of another table',
      ({ text, rows }) => ({ text: text.replace('"name":"product"', '"name":"product2"'), rows }),
    ],
    ['a column twice', ({ text, rows }) => ({ text: text.replace('"name":"name"', '"name":"id"'), rows })],
    [
      'an unknown encoding',
      ({ text, rows }) => ({ text: text.replace('"encoding":"text"', '"encoding":"yaml"'), rows }),
    ],
    [
      'columns that are no list',
      ({ text, rows }) => ({
        text: text.replace('"columns":[', '"columns":{"a":[').replace('}],', '}]},'),
        rows,
      }),
    ],
    ['no description', ({ text, rows }) => ({ text: text.slice(text.indexOf('\n') + 1), rows })],
    ['a comma in front of the first table', ({ text, rows }) => ({ text: `,${text}`, rows })],
    ['rows that are not closed', ({ text, rows }) => ({ text: text.slice(0, -3), rows })],
    ['a line behind its rows', ({ text, rows }) => ({ text: `${text}\n`, rows })],
    ['a row less than stated', ({ text, rows }) => ({ text: text.replace(/,\[null.*\n/, ''), rows })],
    ['a row more than stated', ({ text, rows }) => ({ text: text.replace(/,\[null.*\n/, '$&$&'), rows })],
    ['two commas between rows', ({ text, rows }) => ({ text: text.replace(',[null', ',,[null'), rows })],
    ['no comma between rows', ({ text, rows }) => ({ text: text.replace(',[null', '[null'), rows })],
    [
      'rows in another order',
      ({ text, rows }) => ({ text: text.replace(/(,\[null.*\n)(,\[0.*\n)/, '$2$1'), rows }),
    ],
    ['another value', ({ text, rows }) => ({ text: text.replace(',true,"00', ',false,"00'), rows })],
  ])('is refused with %s', async (_, alter) => {
    for (const form of forms) {
      const [head, first, ...rest] = forgeBlocks(sample);
      const altered = alter(first!);
      expect(altered.text).not.toBe(first!.text);
      const bytes = forgeSnapshot(sample, form, { blocks: [head!, altered, ...rest] });
      expect((await faultOf(bytes, form)).code).toMatch(/^SNAPSHOT\.(CONTENT|CHECKSUM)$/);
    }
  });

  it.each([
    '["x","",true,"",1]',
    '[1,2,true,"",1]',
    '[1,"",1,"",1]',
    '[1,"",true,"0",1]',
    '[1,"",true,"",{"q":"1"}]',
    '[1,"",true,"",-0]',
    '[1.0,"",true,"",1]',
    '[9007199254740992,"",true,"",1]',
  ])('is refused with the row %s', async (line) => {
    const hostile = sampleSnapshot({ tables: [{ table: sample.tables[0]!.table, lines: [line] }] });
    const { bytes } = await makeSnapshot(hostile, '.json');
    expect(await faultOf(bytes, '.json')).toMatchObject({ code: 'SNAPSHOT.CONTENT' });
  });

  it('is refused with bytes that are not UTF-8', async () => {
    const { bytes, written } = await makeSnapshot(sampleSnapshot({ tables: [sample.tables[2]!] }), '.json');
    const [head, table] = takeApart(bytes, written.manifest);
    const latin1 = Buffer.from(table!.toString('latin1').replace('["[]"]', '["\xff]"]'), 'latin1');
    const only = sampleSnapshot({ tables: [sample.tables[2]!] });
    const forged = forgeSnapshot(only, '.json', {
      blocks: [{ text: head! }, { text: latin1, rows: 2 }],
    });
    expect((await faultOf(forged, '.json')).message).toContain('A row is not valid UTF-8');
  });

  it('keeps its rows to itself when only other tables are damaged', async () => {
    const [head, first, ...rest] = forgeBlocks(sample);
    const bytes = forgeSnapshot(sample, '.json', {
      blocks: [head!, { ...first!, text: first!.text.replace(',true,"00', ',null,"00') }, ...rest],
    });
    const damages = await verifySnapshot(await save(bytes, '.json'));
    expect(damages.map(({ code, table }) => [code, table?.name])).toEqual([['SNAPSHOT.CHECKSUM', 'product']]);
  });
});

describe('a manifest that contradicts itself', () => {
  type Alter = (manifest: ForgedManifest) => unknown;
  const block =
    (index: number, changes: object): Alter =>
    (manifest) => {
      Object.assign(manifest.blocks[index]!, changes);
      return manifest;
    };
  const table =
    (index: number, changes: object): Alter =>
    (manifest) => {
      Object.assign(manifest.tables[index]!, changes);
      return manifest;
    };
  const sequence =
    (changes: object): Alter =>
    (manifest) => {
      Object.assign(manifest.sequences[0] as object, changes);
      return manifest;
    };

  it.each<[string, Alter, string]>([
    ['no object', () => [], 'manifest is not an object'],
    ['no blocks', (manifest) => ({ ...manifest, blocks: [] }), 'blocks do not fill the file'],
    [
      'blocks that are no list',
      (manifest) => ({ ...manifest, blocks: { length: 0 } }),
      'blocks is not a list',
    ],
    ['a gap', block(1, { offset: 1 }), 'blocks do not follow each other'],
    ['a negative offset', block(1, { offset: -1 }), 'offset is not a count'],
    ['a negative length', block(1, { bytes: -1 }), 'bytes is not a count'],
    ['a length with a fraction', block(1, { bytes: 10.5 }), 'bytes is not a count'],
    ['a length beyond 2^53', block(1, { bytes: 2 ** 60 }), 'bytes is not a count'],
    ['a length that is text', block(1, { bytes: '10' }), 'bytes is not a count'],
    ['text beyond any row', block(1, { textBytes: 2 ** 40 }), 'bytes of text'],
    ['text beyond what deflate can hold', block(1, { textBytes: 10_000_000 }), 'bytes of text'],
    ['less text than stored', block(1, { textBytes: 3 }), 'for less text'],
    ['a digest that is none', block(1, { sha256: 'x' }), 'sha256 is not a SHA-256'],
    ['a digest in capitals', block(1, { sha256: 'A'.repeat(64) }), 'sha256 is not a SHA-256'],
    ['rows in the head', block(0, { rows: 1 }), 'its first block holds rows'],
    ['a block of other rows', block(1, { rows: 4 }), 'blocks of product do not hold its rows'],
    ['negative rows', table(0, { rows: -5 }), 'rows is not a count'],
    ['a table of other rows', table(0, { rows: 6 }), 'blocks of product do not hold its rows'],
    ['a table in the head', table(0, { firstBlock: 0 }), 'tables do not follow each other'],
    ['a table without blocks', table(0, { blocks: 0 }), 'tables do not follow each other'],
    ['a table that takes the next ones too', table(0, { blocks: 2 }), 'tables do not follow each other'],
    ['a table beyond the last block', table(2, { blocks: 7 }), 'blocks of sales.line'],
    ['more blocks than there are', table(2, { blocks: 2 ** 40 }), 'blocks of sales.line'],
    [
      'a table left out',
      (manifest) => ({ ...manifest, tables: manifest.tables.slice(0, 2), rows: 5 }),
      'blocks that belong to no table',
    ],
    ['a table named twice', table(2, { schema: null, name: 'product' }), 'names a table twice'],
    ['a table without a name', table(0, { name: null }), 'name is not a text'],
    ['another sum of rows', (manifest) => ({ ...manifest, rows: 8 }), 'rows do not add up'],
    [
      'SQL in place of a counter',
      sequence({ lastValue: '1; DROP TABLE product' }),
      'lastValue is not a whole number',
    ],
    ['a counter as a number', sequence({ lastValue: 1 }), 'lastValue is not a text'],
    ['SQL in place of a step', sequence({ increment: '1 OR 1' }), 'increment is not a whole number'],
    [
      'a counter that feeds half a column',
      sequence({ feeds: { table: { schema: null, name: 'p' } } }),
      'feeds.column is not a text',
    ],
    ['a counter that is perhaps called', sequence({ isCalled: 'yes' }), 'isCalled is not true or false'],
  ])('is refused with %s', async (_, alter, message) => {
    for (const form of forms) {
      expect(await faultOf(forgeManifest(alter, form), form)).toMatchObject({
        code: 'SNAPSHOT.CONTENT',
        message: expect.stringContaining(message),
      });
    }
  });

  it.each<[string, (json: string) => string]>([
    ['no JSON', () => '],\n"manifest":{,\n'],
    ['something in front', (json) => ` ],\n"manifest":${json},\n`],
    ['something behind', (json) => `],\n"manifest":${json},\n\n`],
    ['nesting without end', () => `],\n"manifest":${'['.repeat(500_000)}${']'.repeat(500_000)},\n`],
  ])('is refused with %s', async (_, manifestText) => {
    for (const form of forms) {
      const bytes = forgeSnapshot(sample, form, { blocks: forgeBlocks(sample), manifestText });
      expect(await faultOf(bytes, form)).toMatchObject({ code: 'SNAPSHOT.CONTENT' });
    }
  });

  it('ignores fields that it does not know, and prototypes', async () => {
    const bytes = forgeManifest((manifest) =>
      JSON.parse(JSON.stringify({ ...manifest, later: 1 }).replace('{', '{"__proto__":{"rows":9},')),
    );
    expect(await faultOf(bytes, '.json')).toMatchObject({ code: 'good' });
  });
});

describe('bombs', () => {
  const [head, first, ...rest] = forgeBlocks(sample);

  it('inflates no block beyond the length that the manifest states', async () => {
    const bomb = gzipSync(Buffer.alloc(64 << 20));
    const bytes = forgeSnapshot(sample, '.json.gz', {
      blocks: [head!, { ...first!, stored: bomb }, ...rest],
    });
    expect(await faultOf(bytes, '.json.gz')).toMatchObject({ code: 'SNAPSHOT.CONTENT' });
    const small = gzipSync(Buffer.concat([Buffer.from(first!.text), Buffer.alloc(1)]));
    const longer = forgeSnapshot(sample, '.json.gz', {
      blocks: [head!, { ...first!, stored: small }, ...rest],
    });
    expect(await faultOf(longer, '.json.gz')).toMatchObject({
      code: 'SNAPSHOT.CONTENT',
      message: expect.stringContaining('a block does not hold the text that its entry states'),
    });
  });

  it.each<[string, (text: Buffer) => Buffer]>([
    ['that is too short', (text) => gzipSync(text.subarray(0, -1))],
    ['that is cut', (text) => gzipSync(text).subarray(0, -8)],
    ['with zeros behind it', (text) => Buffer.concat([gzipSync(text), Buffer.alloc(10)])],
    ['with a member behind it', (text) => Buffer.concat([gzipSync(text), gzipSync('x')])],
    ['without its gzip frame', (text) => deflateRawSync(text)],
    ['with another check value', (text) => changed(gzipSync(text), -6)],
    ['that is plain text', (text) => text],
  ])('refuses a block %s', async (_, damage) => {
    const stored = damage(Buffer.from(first!.text));
    const bytes = forgeSnapshot(sample, '.json.gz', { blocks: [head!, { ...first!, stored }, ...rest] });
    expect(await faultOf(bytes, '.json.gz')).toMatchObject({ code: 'SNAPSHOT.CONTENT' });
  });

  function changed(bytes: Buffer, at: number): Buffer {
    bytes[bytes.length + at]! ^= 1;
    return bytes;
  }

  it('inflates no manifest beyond 256 MiB', async () => {
    const text = `],\n"manifest":${' '.repeat(2 ** 28)}{},\n`;
    const bytes = forgeSnapshot(sample, '.json.gz', {
      blocks: forgeBlocks(sample),
      manifestText: () => text,
    });
    expect(await faultOf(bytes, '.json.gz')).toMatchObject({ code: 'SNAPSHOT.CONTENT' });
  });

  it('reads no plain manifest beyond 256 MiB', async () => {
    const blocks = forgeBlocks(sample);
    const headText = Buffer.from(blocks[0]!.text);
    const length = 2 ** 28 + 1;
    const line = `"end":{"offset":"${String(headText.length).padStart(16, '0')}","bytes":"${String(length).padStart(16, '0')}","sha256":"${'0'.repeat(64)}"}}\n`;
    const file = await save(headText, '.json');
    await truncate(file, headText.length + length);
    await writeFile(file, line, { flag: 'a' });
    await expect(openSnapshotFile(file)).rejects.toMatchObject({
      code: 'SNAPSHOT.CONTENT',
      message: expect.stringContaining('the manifest claims 268435457 bytes'),
    });
    await truncate(file, 0);
  });
});

describe('hostile names', () => {
  it('are data, wherever they stand', async () => {
    const names = [
      '__proto__',
      'constructor',
      '../../etc/passwd',
      'a"b',
      'a\nb',
      "'; DROP TABLE x; --",
      '',
      '🐎',
      'prototype',
    ];
    const tables = names.map((name) => ({
      table: sampleTable(
        name,
        Object.fromEntries([
          [name, 'cell'],
          ['__proto__x', 'text'],
        ]),
      ),
      lines: ['[1,"x"]'],
    }));
    for (const form of forms) {
      const hostile = sampleSnapshot({
        header: sampleHeader({ name: '../../x', database: { host: '__proto__', name: '../..' } }),
        tables,
      });
      const { bytes } = await makeSnapshot(hostile, form);
      const file = await save(bytes, form);
      expect(await verifySnapshot(file)).toEqual([]);
      expect(await loadSnapshot(file)).toEqual(hostile);
      expect(({} as { rows?: number }).rows).toBeUndefined();
    }
  });
});
