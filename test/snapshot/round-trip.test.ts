import { execFileSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openSnapshotFile } from '../../src/snapshot/reader.ts';
import { verifySnapshot } from '../../src/snapshot/verify.ts';
import { SnapshotWriter } from '../../src/snapshot/writer.ts';
import {
  type Form,
  forms,
  linesOf,
  loadSnapshot,
  makeSnapshot,
  rowsOf,
  type SampleTable,
  sampleHeader,
  sampleSnapshot,
  sampleTable,
  saveSnapshot,
  takeApart,
} from '../support/snapshots.ts';
import { useTempFolder } from '../support/temp-folder.ts';

const folder = useTempFolder();

function fileFor(name: string, form: Form): string {
  return path.join(folder, `${name}${form}`);
}

/** The document as any JSON program sees it. */
function documentOf(bytes: Buffer, form: Form): Record<string, unknown> {
  return JSON.parse((form === '.json' ? bytes : gunzipSync(bytes)).toString('utf8'));
}

describe.each(forms)('a %s snapshot', (form) => {
  it('gives back what was written, and is verified', async () => {
    const file = fileFor('round-trip', form);
    const sample = sampleSnapshot();
    await saveSnapshot(file, sample, form);
    expect(await loadSnapshot(file)).toEqual(sample);
    expect(await verifySnapshot(file)).toEqual([]);
  });

  it('gives back every field that a header may have', async () => {
    const file = fileFor('header', form);
    const header = sampleHeader({
      purpose: 'safety',
      tier: 'weekly',
      serves: ['weekly', 'daily'],
      description: '\ud800 "half" 🐎\n\0',
      tags: ['a', '', 'a'],
      before: { command: 'undo', snapshot: 'ffff112233445566' },
      database: { host: '[::1]:5432', name: '' },
      partial: true,
      leftOut: [{ kind: 'view', name: 'v', reason: 'r' }],
      warnings: ['w'],
    });
    await saveSnapshot(file, sampleSnapshot({ header }), form);
    expect((await loadSnapshot(file)).header).toEqual(header);
  });

  it('states its rows, bytes and digests', async () => {
    const file = fileFor('stated', form);
    const sample = sampleSnapshot();
    const written = await saveSnapshot(file, sample, form);
    const opened = await openSnapshotFile(file);
    await opened.close();
    expect(opened.manifest).toEqual(written.manifest);
    expect(opened.bytes).toBe(written.bytes);
    expect(written.manifest.rows).toBe(7);
    for (const [index, { table, lines }] of sample.tables.entries()) {
      const text = Buffer.from(lines.map((line) => `${line}\n`).join(''));
      expect(written.manifest.tables[index]).toMatchObject({
        ...{ schema: table.schema, name: table.name, model: table.model },
        ...{ rows: lines.length, bytes: text.length, sha256: hash('sha256', text) },
      });
    }
  });

  it('names the digest of the whole file', async () => {
    const { bytes, written } = await makeSnapshot(sampleSnapshot(), form);
    expect(written).toMatchObject({ bytes: bytes.length, sha256: hash('sha256', bytes) });
  });

  it('is one JSON document in lines, one row per line', async () => {
    const sample = sampleSnapshot();
    const { bytes, written } = await makeSnapshot(sample, form);
    const document = documentOf(bytes, form);
    expect(Object.keys(document)).toEqual([
      ...['format', 'version', 'header', 'schema', 'tables', 'manifest', 'end'],
    ]);
    expect(document).toMatchObject({ format: 'holdfast-snapshot', version: 1, header: sample.header });
    expect(document['schema']).toEqual(sample.schema);
    expect(document['manifest']).toEqual(written.manifest);
    expect(document['tables']).toEqual(
      sample.tables.map(({ table, lines }) => ({ table, rows: lines.map((line) => JSON.parse(line)) })),
    );
    const text = (form === '.json' ? bytes : gunzipSync(bytes)).toString('utf8');
    const rowLines = text.split('\n').filter((line) => /^,?\[/.test(line));
    expect(rowLines.map((line) => line.replace(/^,/, ''))).toEqual(
      sample.tables.flatMap(({ lines }) => lines),
    );
  });

  it('is filled by its blocks, the manifest and an end line of fixed length', async () => {
    const lengths = new Set<number>();
    for (const count of [0, 1, 5000]) {
      const lines = Array.from({ length: count }, (_, index) => `[${index}]`);
      const sample = sampleSnapshot({ tables: [{ table: sampleTable('t', { n: 'integer' }), lines }] });
      const { bytes, written } = await makeSnapshot(sample, form);
      const parts = takeApart(bytes, written.manifest);
      expect(Buffer.concat(parts)).toEqual(bytes);
      for (const [index, { sha256 }] of written.manifest.blocks.entries())
        expect(hash('sha256', parts[index]!)).toBe(sha256);
      lengths.add(parts.at(-1)!.length);
    }
    expect(lengths.size).toBe(1);
  });

  it('holds no tables at all when none are given', async () => {
    const file = fileFor('none', form);
    await saveSnapshot(file, sampleSnapshot({ tables: [], sequences: [] }), form);
    expect(await verifySnapshot(file)).toEqual([]);
    expect((await loadSnapshot(file)).tables).toEqual([]);
  });

  it('holds rows without cells', async () => {
    const file = fileFor('no-cells', form);
    const table = { table: sampleTable('empty', {}), lines: ['[]', '[]'] };
    await saveSnapshot(file, sampleSnapshot({ tables: [table] }), form);
    expect(await verifySnapshot(file)).toEqual([]);
    expect((await loadSnapshot(file)).tables).toEqual([table]);
  });

  it('gives back generated tables and rows', async () => {
    const file = fileFor('generated', form);
    const text = fc.string({ unit: 'binary', maxLength: 20 });
    const cell = fc.option(text.map((one) => JSON.stringify(one).replace(/\\ud[89a-f]../gi, '?')));
    const line = fc.tuple(cell, cell).map((cells) => `[${cells.map((one) => one ?? 'null').join(',')}]`);
    const lists = fc.array(fc.array(line, { maxLength: 40 }), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(lists, fc.string({ unit: 'grapheme' }), async (tables, name) => {
        const sample = sampleSnapshot({
          header: sampleHeader({ description: name }),
          tables: tables.map((lines, index) => ({
            table: sampleTable(`${name}${index}`, { a: 'text', b: 'text' }),
            lines,
          })),
        });
        await saveSnapshot(file, sample, form);
        expect(await verifySnapshot(file)).toEqual([]);
        expect(await loadSnapshot(file)).toEqual(sample);
      }),
      { numRuns: 100 },
    );
  });
});

describe('blocks', () => {
  const wide = sampleTable('wide', { n: 'integer', text: 'text' });

  function filler(count: number, length: number): string[] {
    return Array.from({ length: count }, (_, index) => `[${index},"${String(index % 10).repeat(length)}"]`);
  }

  /** Three tables: the middle one of many blocks, one row of it longer than a block. */
  function largeTables(): SampleTable[] {
    const middle = [...filler(2000, 1000), ...filler(1, 3_000_000), ...filler(1500, 1000)];
    return [
      { table: { ...wide, name: 'first' }, lines: filler(3, 10) },
      { table: { ...wide, name: 'middle' }, lines: middle },
      { table: { ...wide, name: 'last' }, lines: filler(2, 10) },
    ];
  }

  it.each(forms)('hold about 1 MiB of text, a longer row alone, in a %s snapshot', async (form) => {
    const file = fileFor('large', form);
    const tables = largeTables();
    const { manifest } = await saveSnapshot(file, sampleSnapshot({ tables }), form);
    const own = manifest.blocks.slice(1);
    const long = own.filter((block) => block.textBytes > 1 << 20);
    expect(long.map((block) => block.rows)).toEqual([1]);
    expect(own.length).toBeGreaterThan(5);
    expect(await verifySnapshot(file)).toEqual([]);
    expect((await loadSnapshot(file)).tables).toEqual(tables);
  });

  it('begin with a table each, so that one is read without the others', async () => {
    const { bytes, written } = await makeSnapshot(sampleSnapshot({ tables: largeTables() }), '.json.gz');
    const { tables } = written.manifest;
    const parts = takeApart(bytes, written.manifest);
    // Everything that is not the head, the last table, the manifest or the end becomes unreadable.
    const kept = new Set([0, tables[2]!.firstBlock, parts.length - 2, parts.length - 1]);
    const file = fileFor('one-table', '.json.gz');
    await writeFile(
      file,
      Buffer.concat(parts.map((part, index) => (kept.has(index) ? part : Buffer.alloc(part.length)))),
    );
    const opened = await openSnapshotFile(file);
    expect(await linesOf(opened.rows(opened.manifest.tables[2]!))).toEqual(filler(2, 10));
    await expect(linesOf(opened.rows(opened.manifest.tables[1]!))).rejects.toMatchObject({
      code: 'SNAPSHOT.CHECKSUM',
    });
    await opened.close();
    const damages = await verifySnapshot(file);
    expect(damages.map(({ code, table }) => [code, table?.name])).toEqual([
      ['SNAPSHOT.CHECKSUM', 'first'],
      ['SNAPSHOT.CHECKSUM', 'middle'],
    ]);
  });

  it('are the same whatever chunks the rows come in', async () => {
    const [, { lines }] = largeTables() as [SampleTable, SampleTable];
    const digests = new Set<string>();
    for (const rowsPerChunk of [1, 7, 100_000]) {
      const writer = new SnapshotWriter(async () => undefined, { compressionLevel: null });
      await writer.begin(sampleHeader(), { prisma: null, definition: [] });
      await writer.addTable(wide, rowsOf(lines, rowsPerChunk));
      digests.add((await writer.finish([])).sha256);
    }
    expect(digests.size).toBe(1);
  });

  it('reach the sink in order, all of them before the manifest', async () => {
    const parts: Buffer[] = [];
    const writer = new SnapshotWriter(
      async (bytes) => {
        // A slow disk: later blocks are compressed by then.
        await new Promise((resolve) => setTimeout(resolve, 5));
        parts.push(Buffer.from(bytes));
      },
      { compressionLevel: 1 },
    );
    await writer.begin(sampleHeader(), { prisma: null, definition: [] });
    await writer.addTable(wide, rowsOf(filler(9000, 1000)));
    const { manifest } = await writer.finish([]);
    expect(parts.length).toBe(manifest.blocks.length + 2);
    expect(manifest.blocks.map((block) => block.bytes)).toEqual(
      parts.slice(0, -2).map(({ length }) => length),
    );
  });

  it('pass a failure of the sink on', async () => {
    const writer = new SnapshotWriter(
      async () => {
        throw new Error('disk full');
      },
      { compressionLevel: 6 },
    );
    await writer.begin(sampleHeader(), { prisma: null, definition: [] });
    await expect(
      (async () => {
        await writer.addTable(wide, rowsOf(filler(100, 10)));
        await writer.finish([]);
      })(),
    ).rejects.toThrow('disk full');
  });

  it('never hold a row of more than 1 GiB', async () => {
    const bytes = Buffer.alloc(2 ** 30 + 1);
    bytes.writeUInt8(0x0a, bytes.length - 1);
    async function* tooLong(): AsyncGenerator<{ bytes: Buffer; rows: number }> {
      yield { bytes, rows: 1 };
    }
    const writer = new SnapshotWriter(async () => undefined, { compressionLevel: 1 });
    await writer.begin(sampleHeader(), { prisma: null, definition: [] });
    await expect(writer.addTable(wide, tooLong())).rejects.toMatchObject({
      code: 'DATABASE.UNSUPPORTED',
      message:
        'Cannot back up table wide: a row takes 1,073,741,826 bytes as text, and a snapshot holds at most 1,073,741,824',
      hint: 'Leave the table out with --exclude wide',
    });
  });
});

describe('ordinary tools', () => {
  const shell = (command: string): string =>
    execFileSync('bash', ['-o', 'pipefail', '-c', command]).toString();

  it('test and read a compressed snapshot with gzip', async () => {
    const file = fileFor('tools', '.json.gz');
    await saveSnapshot(file, sampleSnapshot(), '.json.gz');
    expect(shell(`gzip -t '${file}' 2>&1`)).toBe('');
    expect(JSON.parse(shell(`zcat '${file}'`))).toHaveProperty('manifest.rows', 7);
    const jq = shell('command -v jq || true').trim();
    if (jq === '') return;
    expect(shell(`zcat '${file}' | '${jq}' '[.tables[].rows | length] | add'`)).toBe('7\n');
  });
});

describe('the end line', () => {
  it('is these bytes for ever, in a gzip member that any zlib reads', async () => {
    for (const form of forms) {
      const { bytes, written } = await makeSnapshot(sampleSnapshot(), form);
      const parts = takeApart(bytes, written.manifest);
      const tail = parts.at(-1)!;
      const text = form === '.json' ? tail : gunzipSync(tail);
      const offset = String(bytes.length - tail.length - parts.at(-2)!.length).padStart(16, '0');
      const length = String(parts.at(-2)!.length).padStart(16, '0');
      const sha256 = hash('sha256', parts.at(-2)!);
      expect(text.toString('latin1')).toBe(
        `"end":{"offset":"${offset}","bytes":"${length}","sha256":"${sha256}"}}\n`,
      );
      expect(tail.length).toBe(form === '.json' ? 140 : 163);
    }
  });

  it('stands in a stored deflate block behind a header without time or name', async () => {
    const { bytes, written } = await makeSnapshot(sampleSnapshot(), '.json.gz');
    const tail = takeApart(bytes, written.manifest).at(-1)!;
    expect(tail.subarray(0, 15).toString('hex')).toBe('1f8b08000000000000ff018c0073ff');
  });
});
