import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { openSnapshotFile } from '../../src/snapshot/reader.ts';
import { parseSidecar } from '../../src/snapshot/sidecar.ts';
import { verifySnapshot } from '../../src/snapshot/verify.ts';
import { hashFile } from '../../src/util/hash-file.ts';
import { type Form, forms, loadSnapshot } from '../support/snapshots.ts';

/** Written once by the first writer of format 1, and never again: what it says is what it must say for ever. */
const folder = path.join(import.meta.dirname, '../fixtures/format-1');

const digests: Readonly<Record<Form, string>> = {
  '.json.gz': '35786e224bd66fd6dba0b9634c9161c7cb861bde0df2d34da7b164754caba17c',
  '.json': 'e245bd2fda83a5b993c70488a6e7a12b17cf4439583193d15d297d19e3228b8d',
};

const header = {
  kind: 'full',
  parent: null,
  purpose: 'safety',
  tool: 'holdfast 0.1.0',
  id: '00112233445566ff',
  created: '2026-11-20T10:30:00.000Z',
  provider: 'postgresql',
  serverVersion: '15.18',
  database: { host: 'db.example.com:5432', name: 'shop' },
  schemaFingerprint: 'a'.repeat(64),
  tier: 'daily',
  name: 'daily-backup-2026-11-20',
  description: 'Before the "big" move\nžluťoučký 🐎',
  tags: ['move', '__proto__'],
  before: { command: 'restore', snapshot: 'ffeeddccbbaa9988' },
  isolation: 'one-instant',
  bytes: 'hex',
  partial: true,
  leftOut: [{ kind: 'view', name: 'sales.totals', reason: 'views hold no rows of their own' }],
  warnings: ['Table sales.log is not logged'],
};

const productColumns = [
  ['id', 'integer', 'integer', false, false, 'id'],
  ['title', 'text', 'text', true, false, 'title'],
  ['active', 'boolean', 'boolean', true, false, 'active'],
  ['photo', 'bytea', 'bytes', true, false, null],
  ['state', 'state', 'text', true, false, null],
  ['price', 'numeric(65,30)', 'text', true, false, null],
  ['upper', 'text', 'text', true, true, null],
];

const productRows = [
  '[1,"Nail, 3\\" \\\\ \\u0001 \\n\\t",true,"00ff","new","0.100000000000000000000000000000","NAIL"]',
  '[-2147483648,"žluťoučký 🐎 \u2028 \\ud83d\\udc0e",false,"","it\'s","NaN","ŽLUŤOUČKÝ"]',
  '[0,null,null,null,null,null,null]',
  '[2147483647,"",true,"DEADbeef","new","-12345678901234567890.12",""]',
];

const cellRows = [
  ...['[null]', '["text"]', '[9007199254740991]', '[{"i":"-9223372036854775808"}]', '[1.0]'],
  ...[
    '[1.7976931348623157e308]',
    '[5.0e-324]',
    '[{"r":"Infinity"}]',
    '[{"r":"-Infinity"}]',
    '[{"r":"-0.0"}]',
  ],
  ...['[{"b":"00FFfe"}]', '[{"t":"80c3"}]'],
];

describe.each(forms)('the kept %s snapshot of format 1', (form) => {
  const file = path.join(folder, `shop${form}`);

  it('is the file that was kept', async () => {
    expect(await hashFile(file)).toBe(digests[form]);
  });

  it('is good', async () => {
    expect(await verifySnapshot(file)).toEqual([]);
  });

  it('says what it said when it was written', async () => {
    const { tables, ...rest } = await loadSnapshot(file);
    expect(rest).toEqual({
      header,
      schema: {
        prisma: 'model Product {\n  id Int @id\n}\n',
        definition: [
          { kind: 'type', name: 'state', sql: "CREATE TYPE public.state AS ENUM ('new', 'it''s')" },
          { kind: 'table', name: 'product', sql: 'CREATE TABLE public.product (id integer NOT NULL)' },
        ],
      },
      sequences: [
        {
          ...{
            schema: 'public',
            name: 'product_id_seq',
            lastValue: '2147483647',
            isCalled: true,
            increment: '1',
          },
          feeds: { table: { schema: 'public', name: 'product' }, column: 'id' },
        },
        {
          ...{
            schema: 'sales',
            name: 'down',
            lastValue: '-9223372036854775808',
            isCalled: false,
            increment: '-10',
          },
          feeds: null,
        },
      ],
    });
    expect(tables.map(({ table: { schema, name, model }, lines }) => [schema, name, model, lines])).toEqual([
      ['public', 'product', 'Product', productRows],
      ['sales', '__proto__', null, ['["9223372036854775807"]', '["-9223372036854775808"]']],
      ['sales', 'no rows', null, []],
      [null, 'line\n"item"; --', null, cellRows],
    ]);
    const columns = tables.map(({ table }) =>
      table.columns.map((one) => [one.name, one.type, one.encoding, one.nullable, one.generated, one.field]),
    );
    expect(columns).toEqual([
      productColumns,
      [['constructor', 'bigint', 'text', false, false, null]],
      [],
      [['every, cell', 'cell', 'cell', true, false, null]],
    ]);
    expect(tables[0]!.table.columns[4]!.labels).toEqual(['new', "it's"]);
  });

  it('states the digests of its rows', async () => {
    const opened = await openSnapshotFile(file);
    await opened.close();
    expect(opened.manifest.tables.map(({ rows, bytes, sha256 }) => [rows, bytes, sha256])).toEqual([
      [4, 283, 'c5be51fd4b859707d0e8762a78f9f69321119afa5ef3db0b43e8ad67058679f2'],
      [2, 49, '81bcb4bb8ec7cd189b1feff294c1ff739f992bfb021e5643cce73ad81affc2e6'],
      [0, 0, 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
      [12, 194, '1e32b9282400b218c159ce484534c60f7a022b1737d1eeb367ac6224ea4284d8'],
    ]);
  });
});

describe('the files kept beside it', () => {
  it('are a checksum file that sha256sum reads', () => {
    const output = execFileSync('sha256sum', ['-c', 'shop.json.gz.sha256'], { cwd: folder }).toString();
    expect(output).toBe('shop.json.gz: OK\n');
  });

  it('are a sidecar that says what it said', async () => {
    const { kind, purpose, id, created, tier, description, tags, before, provider, database } = header;
    expect(parseSidecar(await readFile(path.join(folder, 'shop.json.gz.meta.json'), 'utf8'))).toEqual({
      ...{ kind, purpose, id, created, tier, description, tags, before },
      ...{ rows: 18, bytes: 2593, sha256: digests['.json.gz'], partial: true, pinned: false },
      verified: '2026-11-20T10:30:01.500Z',
      drilled: null,
      database: { provider, ...database },
    });
  });
});
