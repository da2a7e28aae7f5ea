import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { documentOf, errorOf } from '../support/cli.ts';
import { damage, Shop } from './shop.ts';

const id = /^[0-9a-f]{16}$/;
const sha256 = /^[0-9a-f]{64}$/;
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const duration = expect.any(Number);

it('describes the snapshot that backup has taken', async () => {
  const shop = new Shop();
  const result = await shop.run('backup', '--json');
  const { snapshot } = documentOf(result) as {
    snapshot: { name: string; path: string; bytes: number; sha256: string };
  };
  const bytes = readFileSync(snapshot.path);
  expect(result.exitCode).toBe(0);
  expect(result.stderr).toBe('');
  expect(documentOf(result)).toEqual({
    command: 'backup',
    ok: true,
    offsite: [],
    snapshot: {
      id: expect.stringMatching(id),
      name: expect.stringMatching(/^backup-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ$/),
      path: path.join(shop.backups, `${snapshot.name}.json.gz`),
      bytes: bytes.length,
      rows: 5,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      tables: [
        { schema: null, name: 'audit', model: null, rows: 0 },
        { schema: null, name: 'order_lines', model: 'OrderLine', rows: 2 },
        { schema: null, name: 'products', model: 'Product', rows: 3 },
      ],
      leftOut: [{ kind: 'view', name: 'stock', reason: expect.any(String) }],
    },
    warnings: [],
    durationMs: duration,
  });
});

it('lists no snapshots where there is no backup folder', async () => {
  const shop = new Shop();
  expect(documentOf(await shop.run('list', '--json'))).toEqual({
    command: 'list',
    ok: true,
    folder: shop.backups,
    snapshots: [],
  });
});

it('lists every snapshot with what is known of it, the newest first', async () => {
  const shop = new Shop();
  const first = await shop.backUp(
    '--tier',
    'daily',
    '--description',
    'the first',
    '--tag',
    'a',
    '--tag',
    'b',
  );
  const second = await shop.backUp('plain', '--no-compression', '--only', 'Product');
  const { snapshots } = documentOf(await shop.run('list', '--json')) as { snapshots: { bytes: number }[] };
  const common = {
    id: expect.stringMatching(id),
    created: expect.stringMatching(instant),
    purpose: 'backup',
    sha256: expect.stringMatching(sha256),
    verified: expect.stringMatching(instant),
    verifiedBy: null,
    drilled: null,
    encrypted: false,
    pinned: false,
  };
  expect(snapshots).toEqual([
    {
      ...common,
      ...{ name: 'plain', path: second, tier: null, tiers: [], rows: 3, description: null, tags: [] },
      bytes: readFileSync(second).length,
    },
    {
      ...common,
      name: expect.stringMatching(/^daily-backup-\d{4}-\d\d-\d\d$/),
      ...{
        path: first,
        tier: 'daily',
        tiers: ['daily'],
        rows: 5,
        description: 'the first',
        tags: ['a', 'b'],
      },
      bytes: readFileSync(first).length,
    },
  ]);
});

it('lists a file that is no snapshot without facts that it does not have', async () => {
  const shop = new Shop();
  await shop.backUp();
  writeFileSync(path.join(shop.backups, 'holiday.json'), '{"photos": []}');
  const { snapshots } = documentOf(await shop.run('list', '--json')) as { snapshots: object[] };
  expect(snapshots[1]).toEqual({
    ...{
      id: null,
      name: 'holiday',
      path: path.join(shop.backups, 'holiday.json'),
      created: null,
      purpose: null,
    },
    ...{
      ...{ tier: null, tiers: [] },
      rows: null,
      bytes: 14,
      sha256: null,
      verified: null,
      verifiedBy: null,
      drilled: null,
      encrypted: false,
      pinned: false,
      description: null,
      tags: [],
    },
  });
});

it('shows header and tables of a snapshot', async () => {
  const shop = new Shop();
  const file = await shop.backUp('--description', 'before the sale');
  const shown = documentOf(await shop.run('show', 'latest', '--json'));
  expect(shown).toMatchObject({
    ...{ command: 'show', ok: true, path: file, bytes: readFileSync(file).length },
    verified: expect.stringMatching(instant),
    header: {
      ...{
        kind: 'full',
        purpose: 'backup',
        provider: 'sqlite',
        description: 'before the sale',
        tags: [],
        tier: null,
      },
      database: { host: null, name: shop.file },
      leftOut: [{ kind: 'view', name: 'stock' }],
    },
  });
  expect(shown['tables']).toEqual([
    { schema: null, name: 'audit', model: null, rows: 0, bytes: 0, sha256: expect.stringMatching(sha256) },
    {
      schema: null,
      name: 'order_lines',
      model: 'OrderLine',
      rows: 2,
      bytes: expect.any(Number),
      sha256: expect.any(String),
    },
    {
      schema: null,
      name: 'products',
      model: 'Product',
      rows: 3,
      bytes: expect.any(Number),
      sha256: expect.any(String),
    },
  ]);
});

it('shows rows of a table as the snapshot holds them', async () => {
  const shop = new Shop();
  await shop.backUp();
  const shown = documentOf(await shop.run('show', 'latest', '--rows', 'Product', '--limit', '2', '--json'));
  expect(shown).toMatchObject({
    ...{ command: 'show', ok: true },
    table: { schema: null, name: 'products', model: 'Product' },
    rows: [
      [1, 'A-1', 'Anvil'],
      [2, 'B-2', 'Bolt'],
    ],
  });
});

it('counts in a dry run what the restore then does, and writes nothing', async () => {
  const shop = new Shop();
  const file = await shop.backUp();
  shop.change(damage);
  const tables = [
    { name: 'audit', model: null, insert: 0, update: 0, delete: 1, unchanged: 0 },
    { name: 'order_lines', model: 'OrderLine', insert: 1, update: 0, delete: 0, unchanged: 1 },
    { name: 'products', model: 'Product', insert: 0, update: 1, delete: 1, unchanged: 2 },
  ];
  const result = await shop.run('restore', 'latest', '--clear-existing', '--dry-run', '--json');
  expect(result.exitCode).toBe(0);
  expect(documentOf(result)).toMatchObject({
    ...{
      command: 'restore',
      ok: true,
      dryRun: true,
      requiresRestart: false,
      safety: null,
      tables,
      failures: [],
    },
    ...{
      warnings: [],
      durationMs: duration,
      snapshot: { path: file },
      database: { host: null, name: shop.file },
    },
  });
});

it('says what a restore has done, and where the rows are that were there before', async () => {
  const shop = new Shop();
  const file = await shop.backUp();
  shop.change(damage);
  const result = await shop.run('restore', 'latest', '--clear-existing', '--confirm', 'app.db', '--json');
  expect(result.exitCode).toBe(0);
  expect(result.stderr).toBe('');
  expect(documentOf(result)).toEqual({
    ...{ command: 'restore', ok: true, dryRun: false, requiresRestart: true, durationMs: duration },
    snapshot: {
      id: expect.stringMatching(id),
      name: path.basename(file, '.json.gz'),
      path: file,
      created: expect.stringMatching(instant),
    },
    database: { host: null, name: shop.file },
    safety: { path: expect.stringMatching(/\/backups\/safety-[^/]+\.json\.gz$/) },
    tables: [
      {
        schema: null,
        name: 'audit',
        model: null,
        insert: 0,
        update: 0,
        delete: 1,
        unchanged: 0,
        skipped: 0,
        newer: null,
      },
      {
        schema: null,
        name: 'order_lines',
        model: 'OrderLine',
        insert: 1,
        update: 0,
        delete: 0,
        unchanged: 1,
        skipped: 0,
        newer: 0,
      },
      {
        schema: null,
        name: 'products',
        model: 'Product',
        insert: 0,
        update: 1,
        delete: 1,
        unchanged: 2,
        skipped: 0,
        newer: 1,
      },
    ],
    definition: [],
    failures: [],
    warnings: [],
  });
});

it('says of undo what it says of restore', async () => {
  const shop = new Shop();
  await shop.backUp();
  shop.change(damage);
  await shop.run('restore', 'latest', '--clear-existing', '--confirm', 'app.db');
  const result = await shop.run('undo', '--confirm', 'app.db', '--json');
  expect(result.exitCode).toBe(0);
  expect(documentOf(result)).toMatchObject({
    ...{ command: 'undo', ok: true, dryRun: false, requiresRestart: true },
    safety: { path: expect.stringMatching(/\/safety-/) },
    tables: [
      { name: 'audit', insert: 1, update: 0, delete: 0, unchanged: 0 },
      { name: 'order_lines', insert: 0, update: 0, delete: 1, unchanged: 1 },
      { name: 'products', insert: 1, update: 1, delete: 0, unchanged: 2 },
    ],
  });
});

it('tells in a dry run why the restore would fail, and exits 4', async () => {
  const shop = new Shop();
  await shop.backUp();
  shop.change(damage);
  const result = await shop.run('restore', 'latest', '--dry-run', '--json');
  expect(result.exitCode).toBe(4);
  expect(documentOf(result)).toMatchObject({
    ...{ command: 'restore', ok: false, dryRun: true },
    failures: [{ kind: 'conflict', table: 'products', rows: 1, message: expect.any(String) }],
  });
});

it('finds nothing in a good snapshot', async () => {
  const shop = new Shop();
  const file = await shop.backUp();
  const result = await shop.run('validate', 'backup', 'latest', '--json');
  expect(result.exitCode).toBe(0);
  expect(documentOf(result)).toEqual({
    ...{ command: 'validate backup', ok: true, verifiedBy: 'decoded', findings: [], durationMs: duration },
    snapshot: {
      name: path.basename(file, '.json.gz'),
      path: file,
      bytes: readFileSync(file).length,
      rows: 5,
    },
  });
});

it('names the place of the damage in a finding, and exits 4', async () => {
  const shop = new Shop();
  const file = await shop.backUp();
  const bytes = readFileSync(file);
  bytes[200]! ^= 1;
  writeFileSync(file, bytes);
  const result = await shop.run('validate', 'backup', 'latest', '--json');
  expect(result.exitCode).toBe(4);
  const { ok, findings } = documentOf(result) as { ok: boolean; findings: object[] };
  expect(ok).toBe(false);
  expect(findings[0]).toEqual({
    ...{ check: 'SNAPSHOT.CHECKSUM', severity: 'error', model: null, table: null, field: null, count: 1 },
    ...{ samples: [file], message: expect.stringMatching(/\d/) },
  });
});

it.each([
  ['an unknown command', ['bakup'], null, 'Did you mean backup?'],
  ['an unknown option', ['backup', '--bogus'], 'backup', 'holdfast backup --help'],
  ['a missing argument', ['restore'], 'restore', 'holdfast restore --help'],
  ['a wrong choice', ['restore', 'x', '--on-conflict', 'maybe'], 'restore', 'holdfast restore --help'],
  ['a wrong number', ['show', 'x', '--limit', 'many'], 'show', 'holdfast show --help'],
  ['too many arguments', ['list', 'all'], 'list', 'holdfast list --help'],
])('reports %s as a document, too', async (_case, argv, command, hint) => {
  const shop = new Shop();
  const result = await shop.run(...argv, '--json');
  expect(result.exitCode).toBe(2);
  expect(result.stderr).toBe('');
  expect(documentOf(result)).toEqual({ command, ok: false, error: expect.anything() });
  expect(errorOf(result)).toEqual({
    code: 'USAGE',
    message: expect.stringMatching(/^Cannot read the command line: .*[^.]$/),
    hint: expect.stringContaining(hint),
  });
});

it('reports a failure with the code, the message and the hint that the text has', async () => {
  const shop = new Shop();
  const text = await shop.run('show', 'nowhere');
  const result = await shop.run('show', 'nowhere', '--json');
  const { code, message, hint } = errorOf(result);
  expect(text.stderr).toBe(`holdfast: ${message} [${code}]\n  ${hint}\n`);
  expect(text.exitCode).toBe(2);
  expect(result.exitCode).toBe(2);
  expect(code).toBe('SNAPSHOT.NOT_FOUND');
});

it('examines the latest snapshot where none is named', async () => {
  const shop = new Shop();
  await shop.backUp('first');
  await shop.backUp('second');
  const result = await shop.run('validate', 'backup', '--json');
  expect(result.exitCode).toBe(0);
  expect(documentOf(result)).toMatchObject({
    command: 'validate backup',
    ok: true,
    snapshot: { name: 'second' },
  });
});
