import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync as removeNow,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { backup } from '../../src/operations/backup.ts';
import { report } from '../../src/operations/report.ts';
import { writeNewFile } from '../../src/operations/reporting/write-new-file.ts';
import type { ValidateDataResult } from '../../src/operations/validate-data.ts';
import { ShopFolder } from '../operations-day/shop-folder.ts';
import { filesOf } from '../support/cli.ts';
import { backupOf } from '../support/operations/requests.ts';
import { exampleFindings } from '../support/report/example.ts';
import { reportRequest } from '../support/report/request.ts';
import { makeTempFolder } from '../support/sqlite.ts';

const morning = '2026-11-21T08:00:00Z';

/** A shop with one backup a day, which grows by ten products a day. */
async function shopOfDays(days: number): Promise<ShopFolder> {
  const shop = new ShopFolder(morning);
  shop.passHours(-24 * days);
  for (let day = 0; day < days; day++) {
    shop.passHours(24);
    if (day > 0) shop.fill(10);
    await backup(shop.ports, backupOf(shop.target, { name: `day-${day}`, tier: 'daily' }));
  }
  shop.passHours(1);
  return shop;
}

/** What the checks of the shop's data answer. */
function checksOf(shop: ShopFolder, findings: ValidateDataResult['findings']): ValidateDataResult {
  return {
    command: 'validate data',
    ok: findings.length === 0,
    database: { provider: 'sqlite', host: null, name: shop.file },
    snapshot: null,
    checked: [],
    counts: {
      ...{ checks: 12, unfinished: 0, tables: 1, findings: findings.length },
      errors: findings.filter(({ severity }) => severity === 'error').length,
      warnings: findings.filter(({ severity }) => severity === 'warning').length,
    },
    findings,
    warnings: [],
    durationMs: 5,
  };
}

const [anError] = exampleFindings as ValidateDataResult['findings'];
const aWarning = { ...anError!, severity: 'warning' } as const;

describe('report', () => {
  it('writes the document and the page for the owner only, named after the time', async () => {
    const shop = await shopOfDays(2);
    const { files, ...document } = await report(shop.ports, reportRequest());
    expect(files).toEqual({
      json: path.join(shop.backups, 'integrity-report-2026-11-21T09-00-00Z.json'),
      html: path.join(shop.backups, 'integrity-report-2026-11-21T09-00-00Z.html'),
    });
    expect(JSON.parse(readFileSync(files.json, 'utf8'))).toEqual(document);
    expect(readFileSync(files.html, 'utf8')).toMatch(/^<!doctype html>[\s\S]*<\/html>\n$/);
    for (const file of Object.values(files)) expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('changes nothing else in the folder', async () => {
    const shop = await shopOfDays(2);
    const before = filesOf(shop.backups);
    await report(shop.ports, reportRequest({ out: makeTempFolder() }));
    expect(filesOf(shop.backups)).toEqual(before);
  });

  it('takes another name when there is one of the same second, and overwrites nothing', async () => {
    const shop = await shopOfDays(1);
    const first = await report(shop.ports, reportRequest());
    const content = readFileSync(first.files.json, 'utf8');
    const second = await report(shop.ports, reportRequest());
    expect(second.files.html).toMatch(/-2\.html$/);
    expect(readFileSync(first.files.json, 'utf8')).toBe(content);
  });

  it('is no snapshot to any other command', async () => {
    const shop = await shopOfDays(1);
    await report(shop.ports, reportRequest());
    expect(await shop.names()).toEqual(['day-0']);
    expect((await report(shop.ports, reportRequest())).snapshots.map(({ name }) => name)).toEqual(['day-0']);
    await expect(
      backup(shop.ports, backupOf(shop.target, { name: 'integrity-report-mine' })),
    ).rejects.toMatchObject({ code: 'SNAPSHOT.NAME' });
  });

  it('traces rows and bytes of each table, and what each backup holds, the oldest first', async () => {
    const shop = await shopOfDays(3);
    shop.change('CREATE TABLE note (text TEXT); INSERT INTO note VALUES (NULL)');
    shop.passHours(24);
    await backup(shop.ports, backupOf(shop.target, { name: 'by-hand' }));
    const { history, held, snapshots } = await report(shop.ports, reportRequest());
    expect(history.snapshots.map(({ name, rows }) => [name, rows])).toEqual([
      ['day-0', 100],
      ['day-1', 110],
      ['day-2', 120],
      ['by-hand', 121],
    ]);
    expect(history.tables.map(({ table, rows }) => [table, rows])).toEqual([
      ['product', [100, 110, 120, 120]],
      ['note', [null, null, null, 1]],
    ]);
    expect(history.tables[1]!.bytes).toEqual([null, null, null, '[null]\n'.length]);
    expect(held.map(({ kind, count, verified }) => [kind, count, verified])).toEqual([
      ['daily', 3, 3],
      ['manual', 1, 1],
    ]);
    expect(history.snapshots.map(({ bytes }) => bytes)).toEqual(
      snapshots.map(({ bytes }) => bytes).reverse(),
    );
  });

  it('shows only as many of the newest backups as asked for', async () => {
    const shop = await shopOfDays(4);
    const { history, snapshots } = await report(shop.ports, reportRequest({ last: 2 }));
    expect(history.snapshots.map(({ name }) => name)).toEqual(['day-2', 'day-3']);
    expect(snapshots).toHaveLength(4);
  });

  it('says what the next cleanup removes, and removes nothing', async () => {
    const shop = await shopOfDays(3);
    const policy = { ...reportRequest().cleanup.policy, daily: { count: 1 } };
    const result = await report(
      shop.ports,
      reportRequest({ cleanup: { ...reportRequest().cleanup, policy } }),
    );
    expect(result.cleanup).toMatchObject({
      status: 'planned',
      kept: 1,
      removed: [{ name: 'day-1' }, { name: 'day-0' }],
    });
    expect(result.snapshots.filter(({ removedNext }) => removedNext).map(({ name }) => name)).toEqual([
      'day-1',
      'day-0',
    ]);
    expect(await shop.names()).toHaveLength(3);
  });

  it('says that the policy cannot be used, and reports the rest', async () => {
    const shop = await shopOfDays(1);
    const cleanup = { ...reportRequest().cleanup, policyFaults: ['it is odd'] };
    const result = await report(shop.ports, reportRequest({ cleanup }));
    expect(result.ok).toBe(false);
    expect(result.cleanup).toMatchObject({ status: 'failed', error: { code: 'RETENTION.POLICY' } });
    expect(readFileSync(result.files.html, 'utf8')).toContain('it is odd');
  });

  it('reports on a missing folder', async () => {
    const shop = new ShopFolder(morning);
    const result = await report(shop.ports, reportRequest());
    expect(result).toMatchObject({ ok: false, database: null, snapshots: [], held: [] });
    expect(result.health.findings.map(({ check }) => check)).toEqual(['backup.missing']);
    expect(readdirSync(shop.backups)).toHaveLength(2);
  });

  it('names files that are no snapshots, and backups whose figures cannot be read', async () => {
    const shop = await shopOfDays(2);
    const [stored] = await shop.ports.folder.list();
    writeFileSync(path.join(shop.backups, 'stray.json'), '{}');
    const damaged = Buffer.from(readFileSync(stored!.path));
    damaged[damaged.length - 3]! ^= 1;
    writeFileSync(stored!.path, damaged);
    const { history, snapshots } = await report(shop.ports, reportRequest());
    expect(history.unread).toEqual(['day-1']);
    expect(history.snapshots.map(({ name }) => name)).toEqual(['day-0']);
    expect(snapshots.find(({ name }) => name === 'stray')).toMatchObject({
      created: null,
      rows: null,
      kinds: [],
    });
  });
});

describe('the checks of the data', () => {
  it.each([
    ['nothing', [], 'error', true],
    ['a warning', [aWarning], 'error', true],
    ['a warning that counts', [aWarning], 'warning', false],
    ['an error', [anError!], 'error', false],
  ] as const)('make the report ok or not: %s', async (_what, findings, failOn, ok) => {
    const shop = await shopOfDays(1);
    const validate = async () => checksOf(shop, findings);
    const result = await report(shop.ports, reportRequest({ validate, failOn }));
    expect(result.ok).toBe(ok);
    expect(result.data).toMatchObject({ status: 'checked', checks: 12, findings });
  });

  it('that cannot run are said in the report', async () => {
    const shop = await shopOfDays(1);
    const validate = async (): Promise<never> => {
      throw new AppError('DATABASE.UNREACHABLE', 'No server answers at db:5432', { hint: 'Start it' });
    };
    const result = await report(shop.ports, reportRequest({ validate }));
    expect(result.ok).toBe(false);
    expect(result.data).toEqual({
      status: 'failed',
      error: { code: 'DATABASE.UNREACHABLE', message: 'No server answers at db:5432', hint: 'Start it' },
    });
    expect(readFileSync(result.files.html, 'utf8')).toContain('No server answers at db:5432');
  });

  it('that have a bug end the report', async () => {
    const shop = await shopOfDays(1);
    const validate = async (): Promise<never> => {
      throw new TypeError('not a function');
    };
    await expect(report(shop.ports, reportRequest({ validate }))).rejects.toThrow(TypeError);
  });
});

describe('a file of a report', () => {
  const names = (): string[] => ['one.html', 'two.html'];

  it('is written again when a run that begins in this moment takes it for a dead one', async () => {
    const folder = makeTempFolder();
    let asked = 0;
    const sweeping = function* (): Generator<string> {
      asked++;
      if (asked === 1) for (const name of readdirSync(folder)) removeNow(path.join(folder, name));
      yield* names();
    };
    expect(await writeNewFile(folder, sweeping, 'text')).toBe('one.html');
    expect(asked).toBe(2);
    expect(readFileSync(path.join(folder, 'one.html'), 'utf8')).toBe('text');
  });

  it('is given up when it is removed every time, and leaves nothing', async () => {
    const folder = makeTempFolder();
    const sweeping = function* (): Generator<string> {
      for (const name of readdirSync(folder)) removeNow(path.join(folder, name));
      yield* names();
    };
    await expect(writeNewFile(folder, sweeping, 'text')).rejects.toMatchObject({ code: 'FOLDER.IO' });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('does not follow a link that stands under its name', async () => {
    const folder = makeTempFolder();
    const target = path.join(makeTempFolder(), 'target');
    appendFileSync(target, 'kept');
    symlinkSync(target, path.join(folder, 'one.html'));
    expect(await writeNewFile(folder, names, 'text')).toBe('two.html');
    expect(readFileSync(target, 'utf8')).toBe('kept');
  });

  it('is refused where a file stands in the place of the folder', async () => {
    const folder = path.join(makeTempFolder(), 'file');
    mkdirSync(path.dirname(folder), { recursive: true });
    writeFileSync(folder, '');
    await expect(writeNewFile(path.join(folder, 'below'), names, 'text')).rejects.toMatchObject({
      code: 'FOLDER.IO',
    });
  });
});
