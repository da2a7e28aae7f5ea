import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Writable } from 'node:stream';
import { expect, it } from 'vitest';
import { AppError, openHoldfast, type ProgressEvent } from '../../src/index.ts';
import { damage, Shop } from '../cli/shop.ts';
import { ShopWithTargets } from '../offsite/shop-with-targets.ts';
import { documentOf, leftovers } from '../support/cli.ts';
import { digestSqlite } from '../support/sqlite.ts';

/** A shop whose address stands in its .env. */
function makeShop<T extends Shop>(shop: T): T;
function makeShop(): Shop;
function makeShop(shop = new Shop()): Shop {
  shop.env = {};
  writeFileSync(path.join(shop.folder, '.env'), 'DATABASE_URL="file:./app.db"\n');
  return shop;
}

/** The code of the AppError that the call rejects with. */
async function codeOf(call: Promise<unknown>): Promise<string> {
  const error = await call.then(() => null).catch((thrown: unknown) => thrown);
  return error instanceof AppError ? error.code : `${error}`;
}

it('gives the documents of the commands', async () => {
  const shop = makeShop();
  const holdfast = await openHoldfast({ app: shop.folder });
  const taken = await holdfast.backup({ name: 'first', description: 'of the test', tags: ['a'] });
  expect(taken).toMatchObject({ command: 'backup', ok: true, snapshot: { name: 'first', rows: 5 } });
  await holdfast.pin('first');
  const documents = [
    [await holdfast.list(), ['list']],
    [await holdfast.show('first'), ['show', 'first']],
    [await holdfast.health(), ['health']],
    [await holdfast.cleanup({ days: 1, dryRun: true }), ['cleanup', '1', '--dry-run']],
    [await holdfast.pin('first'), ['pin', 'first']],
    [await holdfast.doctor(), ['doctor']],
  ] as const;
  for (const [document, argv] of documents) {
    const { freeBytes: _, checks: __, ...shown } = documentOf(await shop.run(...argv, '--json'));
    expect(JSON.parse(JSON.stringify(document))).toMatchObject(shown);
  }
});

it('restores with the name of the database only, and undoes', async () => {
  const shop = makeShop();
  const holdfast = await openHoldfast({ app: shop.folder });
  await holdfast.backup({ name: 'good' });
  const good = digestSqlite(shop.file);
  shop.change(damage);
  const bad = digestSqlite(shop.file);
  expect(await codeOf(holdfast.restore('good', { clearExisting: true }))).toBe('RESTORE.CONSENT');
  expect(await codeOf(holdfast.restore('good', { clearExisting: true, confirm: 'other.db' }))).toBe(
    'RESTORE.CONSENT',
  );
  expect((await holdfast.restore('good', { clearExisting: true, dryRun: true })).dryRun).toBe(true);
  expect(digestSqlite(shop.file)).toEqual(bad);
  const { safety } = await holdfast.restore('good', { clearExisting: true, confirm: 'app.db' });
  expect(digestSqlite(shop.file)).toEqual(good);
  expect(existsSync(safety!.path)).toBe(true);
  await holdfast.undo({ confirm: 'app.db' });
  expect(digestSqlite(shop.file)).toEqual(bad);
});

it('refuses what the command line refuses', async () => {
  const holdfast = await openHoldfast({ app: makeShop().folder });
  await holdfast.backup({ name: 'only' });
  expect(await codeOf(holdfast.show('nothing'))).toBe('SNAPSHOT.NOT_FOUND');
  expect(await codeOf(holdfast.delete('only'))).toBe('CONSENT.MISSING');
  expect(await codeOf(holdfast.backup({ only: ['Nothing'] }))).toBe('USAGE');
  expect(await codeOf(holdfast.restore('only', { clearExisting: true, onConflict: 'skip' }))).toBe('USAGE');
  expect(await codeOf(holdfast.undo())).toBe('RESTORE.NOTHING_TO_UNDO');
  expect(await codeOf(openHoldfast({ app: '/nowhere' }))).toBe('USAGE');
});

it('serves the schedule, and keeps what it did in the history', async () => {
  const shop = makeShop();
  const holdfast = await openHoldfast({ app: shop.folder });
  expect((await holdfast.auto()).due.length).toBeGreaterThan(0);
  expect(await holdfast.auto()).toMatchObject({ due: [], snapshot: null });
  const [snapshot] = (await holdfast.list()).snapshots;
  await holdfast.pin(snapshot!.name);
  await holdfast.unpin(snapshot!.name);
  const { runs } = await holdfast.history({ limit: null });
  expect(runs.map(({ command, result }) => [command, result])).toEqual([
    ['unpin', 'succeeded'],
    ['pin', 'succeeded'],
    ['auto', 'succeeded'],
  ]);
  expect((await holdfast.validateBackup('latest')).ok).toBe(true);
  expect((await holdfast.history({ since: new Date(Date.now() + 60_000) })).runs).toEqual([]);
});

it('reads the environment of the process only when it is given', async () => {
  const shop = makeShop();
  const [url, dir] = ['DATABASE_URL', 'BACKUP_DIR'].map((name) => process.env[name]);
  try {
    process.env['DATABASE_URL'] = 'file:/nowhere/at-all.db';
    process.env['BACKUP_DIR'] = path.join(shop.folder, 'from-the-process');
    const plain = await openHoldfast({ app: shop.folder });
    expect(plain.folder).toBe(shop.backups);
    expect(await plain.backup()).toMatchObject({ ok: true });
    const asked = await openHoldfast({ app: shop.folder, env: process.env });
    expect(asked.folder).toBe(path.join(shop.folder, 'from-the-process'));
    expect(await codeOf(asked.backup())).toBe('DATABASE.NOT_FOUND');
  } finally {
    for (const [name, value] of [
      ['DATABASE_URL', url],
      ['BACKUP_DIR', dir],
    ] as const) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
});

it('takes the address and the folder that it is given before all others', async () => {
  const shop = makeShop();
  const other = makeShop();
  other.change(damage);
  const dir = path.join(shop.folder, 'elsewhere');
  const holdfast = await openHoldfast({ app: shop.folder, url: `file:${other.file}`, dir });
  expect(await holdfast.backup({ name: 'x' })).toMatchObject({
    snapshot: { rows: 6, path: path.join(dir, 'x.json.gz') },
  });
});

it('tells of every phase, and of every row', async () => {
  const events: ProgressEvent[] = [];
  const holdfast = await openHoldfast({ app: makeShop().folder });
  await holdfast.backup({ onProgress: (event) => events.push(event) });
  const phases = events.flatMap((event) => (event.type === 'phase' ? [event.label] : []));
  expect(phases).toEqual(['reading', 'verifying']);
  const rows = events.reduce((sum, event) => sum + (event.type === 'advance' ? event.rows : 0), 0);
  expect(rows).toBe(10);
});

it.each([
  ['before it', (abort: AbortController) => abort.abort(new Error('enough'))],
  ['in the middle', () => undefined],
])('ends a call that is aborted %s, with nothing changed', async (_when, prepare) => {
  const shop = makeShop();
  const holdfast = await openHoldfast({ app: shop.folder });
  await holdfast.backup({ name: 'before' });
  const abort = new AbortController();
  prepare(abort);
  const call = holdfast.backup({
    name: 'aborted',
    signal: abort.signal,
    onProgress: ({ type }) => type === 'item' && abort.abort(new Error('enough')),
  });
  await expect(call).rejects.toMatchObject({ code: 'RUN.INTERRUPTED', cause: { message: 'enough' } });
  expect((await holdfast.list()).snapshots.map(({ name }) => name)).toEqual(['before']);
  expect(leftovers(shop.folder)).toEqual([]);
  const log = JSON.parse(readFileSync(path.join(shop.backups, '.holdfast-runs.json'), 'utf8'));
  expect(log.consecutiveFailures).toBe(0);
});

it('lets one call at a time change a backup folder', async () => {
  const holdfast = await openHoldfast({ app: makeShop().folder });
  const results = await Promise.allSettled([holdfast.backup({ name: 'a' }), holdfast.backup({ name: 'b' })]);
  const failures = results.filter((result) => result.status === 'rejected');
  expect(failures.map(({ reason }) => reason.code)).toEqual(['RUN.LOCKED']);
  expect((await holdfast.list()).snapshots).toHaveLength(1);
});

it('checks the data of the database, and of a snapshot', async () => {
  const shop = makeShop();
  const holdfast = await openHoldfast({ app: shop.folder });
  await holdfast.backup({ name: 'sound' });
  shop.change('PRAGMA foreign_keys = off; DELETE FROM products WHERE id = 1');
  const found = await holdfast.validateData({ failOn: 'error' });
  expect(found).toMatchObject({ ok: false, counts: { errors: 1, warnings: 1 } });
  expect(found.findings[0]).toMatchObject({ check: 'orphans', model: 'OrderLine', count: 1 });
  expect((await holdfast.validateData({ only: ['Product'] })).ok).toBe(true);
  expect(await holdfast.validateData({ snapshot: 'sound', failOn: 'error' })).toMatchObject({
    ...{ ok: true, snapshot: { name: 'sound' } },
  });
  expect(await codeOf(holdfast.validateData({ snapshot: 'sound', to: 'backup' }))).toBe('USAGE');
  const out = path.join(shop.folder, 'public');
  const report = await holdfast.report({ out });
  expect(report).toMatchObject({ ok: false, data: { status: 'checked' } });
  expect(readFileSync(report.files.html, 'utf8')).toContain('OrderLine');
  expect((await holdfast.report({ data: false })).data).toEqual({ status: 'skipped' });
});

it('exports rows and SQL, whole or not at all', async () => {
  const shop = makeShop();
  const holdfast = await openHoldfast({ app: shop.folder });
  await holdfast.backup({ name: 'x' });
  const output = path.join(shop.folder, 'rows');
  const { path: place, rows } = await holdfast.export('x', { format: 'ndjson', only: ['Product'], output });
  expect([place, rows]).toEqual([output, 3]);
  expect(readFileSync(path.join(output, 'Product.ndjson'), 'utf8').split('\n')[0]).toContain('"A-1"');
  expect(await codeOf(holdfast.export('x', { format: 'csv', output }))).toBe('EXPORT.EXISTS');
  const pieces: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      pieces.push(chunk);
      done();
    },
  });
  expect(await holdfast.exportSql('x', { output: stream })).toMatchObject({
    path: null,
    dialect: 'sqlite',
    rows: 5,
  });
  const file = path.join(shop.folder, 'x.sql');
  expect(await holdfast.exportSql('x', { output: file })).toMatchObject({ path: file });
  expect(Buffer.concat(pieces).equals(readFileSync(file))).toBe(true);
  expect(stream.writable).toBe(true);
});

it('copies to targets, reads the copies back, and looks into them', async () => {
  const shop = makeShop(new ShopWithTargets());
  const holdfast = await openHoldfast({ app: shop.folder });
  await holdfast.backup({ name: 'x' });
  expect((await holdfast.list()).targets).toBeUndefined();
  const { targets } = await holdfast.list({ all: true });
  expect(targets!.map(({ target, snapshots }) => [target, snapshots[0]!.state])).toEqual([
    ['disk', 'equal'],
    ['stick', 'equal'],
  ]);
  await holdfast.delete('x', { confirm: 'x' });
  expect((await holdfast.sync({ direction: 'status' })).targets[0]!.copied).toEqual([]);
  expect(await holdfast.show('disk:x')).toMatchObject({ header: { name: 'x' } });
  const { rows } = await holdfast.showRows('disk:latest', 'Product', { limit: 2 });
  expect(rows).toEqual([
    [1, 'A-1', 'Anvil'],
    [2, 'B-2', 'Bolt'],
  ]);
  expect((await holdfast.validateBackup('stick:latest')).ok).toBe(true);
  expect(await holdfast.verifyRemote({ target: 'stick' })).toMatchObject({
    ok: true,
    copies: [{ name: 'x' }],
  });
  expect((await holdfast.list()).snapshots).toEqual([]);
  expect((await holdfast.sync({ direction: 'pull', target: 'disk' })).targets[0]!.copied).toHaveLength(1);
  expect((await holdfast.list()).snapshots.map(({ name }) => name)).toEqual(['x']);
  expect((await holdfast.history({ command: 'sync' })).runs).toHaveLength(1);
  expect(await codeOf(holdfast.sync({ target: 'moon' }))).toBe('USAGE');
});
