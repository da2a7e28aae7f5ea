import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { documentOf, errorOf } from '../support/cli.ts';
import { makeTempFolder } from '../support/sqlite.ts';
import { Shop } from './shop.ts';

describe('holdfast report', () => {
  it('names the two files and what they say', async () => {
    const shop = new Shop();
    await shop.backUp('first');
    const { exitCode, stdout } = await shop.run('report', '--no-data');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^Data: not checked\nBackups: the newest verified one of .* UTC, 0 findings\n/);
    expect(stdout).toContain('Next cleanup: removes nothing');
    const [html] = /\S*integrity-report-\S*\.html$/m.exec(stdout)!;
    expect(path.dirname(html)).toBe(shop.backups);
    const page = readFileSync(html, 'utf8');
    expect(page).toContain('Product <small>products</small>');
  });

  it('prints the document that it has written', async () => {
    const shop = new Shop();
    await shop.backUp('first');
    const result = await shop.run('report', '--no-data', '--json', '--out', 'reports');
    const { files, ...document } = documentOf(result) as { files: { json: string; html: string } };
    expect(path.dirname(files.json)).toBe(path.join(shop.folder, 'reports'));
    expect(JSON.parse(readFileSync(files.json, 'utf8'))).toEqual(document);
    expect(Object.keys(document)).toEqual([
      'command',
      'ok',
      'created',
      'tool',
      'folder',
      'database',
      'data',
      'health',
      'snapshots',
      'held',
      'history',
      'cleanup',
    ]);
  });

  it('checks the data as validate data does, and exits 4 for what it finds', async () => {
    const shop = new Shop();
    await shop.backUp('first');
    shop.change('PRAGMA foreign_keys = OFF; DELETE FROM products WHERE id = 1');
    const checked = documentOf(await shop.run('validate', 'data', '--json'));
    const result = await shop.run('report', '--json');
    expect(result.exitCode).toBe(4);
    const { data, files } = documentOf(result) as unknown as {
      data: { status: string; findings: { model: string; field: string; sql: string }[] };
      files: { html: string };
    };
    expect(data.findings).toEqual(checked['findings']);
    const orphans = data.findings.filter(
      ({ model, field }) => model === 'OrderLine' && field === 'productId',
    );
    expect(orphans).toHaveLength(1);
    expect(readFileSync(files.html, 'utf8')).toContain('<b>OrderLine.productId</b>');
  });

  it('says that the database does not answer, and reports the rest', async () => {
    const shop = new Shop();
    await shop.backUp('first');
    shop.env = { DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/shop' };
    const result = await shop.run('report', '--json');
    expect(result.exitCode).toBe(4);
    expect(documentOf(result)).toMatchObject({
      ok: false,
      data: { status: 'failed', error: { code: expect.stringMatching(/^(DATABASE|CONFIG)\./) } },
      history: { snapshots: [{ name: 'first' }] },
    });
  });

  it('needs no database with --no-data', async () => {
    const shop = new Shop();
    await shop.backUp('first');
    shop.env = {};
    expect(await shop.run('report', '--no-data', '--quiet')).toMatchObject({ exitCode: 0, stdout: '' });
  });

  it('exits 4 when there is no backup to rely on', async () => {
    const shop = new Shop();
    const { exitCode, stdout } = await shop.run('report', '--no-data', '--quiet', '--out', makeTempFolder());
    expect(exitCode).toBe(4);
    expect(stdout).toContain('Backups: none is verified, 1 finding');
  });

  it.each([
    ['--last', '0'],
    ['--last', 'many'],
    ['--fail-on', 'notice'],
  ])('refuses %s %s', async (...words) => {
    const result = await new Shop().run('report', '--no-data', '--json', ...words);
    expect(result.exitCode).toBe(2);
    expect(errorOf(result)).toMatchObject({ code: 'USAGE' });
  });
});
