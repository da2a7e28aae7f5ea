import { writeFileSync } from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { beforeEach, describe, expect, it } from 'vitest';
import { Shop } from '../cli/shop.ts';
import { makeKeys } from '../support/age.ts';
import { documentOf, errorOf } from '../support/cli.ts';

const consent = ['--confirm', 'app.db', '--json'];
let shop: Shop;

beforeEach(() => {
  shop = new Shop();
});

function ask(sql: string): unknown[] {
  const database = new Database(shop.file, { readonly: true });
  try {
    return database.prepare<[], unknown>(sql).pluck().all();
  } finally {
    database.close();
  }
}

async function refusalOf(
  ...argv: readonly string[]
): Promise<{ code: string; message: string; hint: string | null }> {
  const result = await shop.run('restore', ...argv, ...consent);
  expect(result.exitCode).toBe(2);
  return errorOf(result);
}

describe('what a restore says of a changed schema', () => {
  it('names twenty differences and counts the others', async () => {
    await shop.backUp('before');
    shop.change(
      Array.from({ length: 23 }, (_, index) => `ALTER TABLE audit ADD COLUMN c${index} TEXT`).join(';'),
    );
    const { message } = await refusalOf('before', '--clear-existing');
    expect(message).toContain('column audit.c19 is');
    expect(message).not.toContain('audit.c20');
    expect(message).toMatch(/; and 3 more$/);
  });

  it('names columns without a type, and those that were computed', async () => {
    shop.change('CREATE TABLE loose (a, b TEXT, c TEXT GENERATED ALWAYS AS (upper(b)) STORED)');
    await shop.backUp('before');
    shop.change('DROP TABLE loose; CREATE TABLE loose (a INTEGER, b, c TEXT)');
    const { message } = await refusalOf('before', '--clear-existing');
    expect(message).toContain('column loose.a was untyped and is INTEGER now');
    expect(message).toContain('column loose.b was TEXT and is untyped now');
    expect(message).toContain('column loose.c is no longer computed by the database');
  });
});

describe('children and parents', () => {
  it('are told apart from orphans where the snapshot does not hold the parents', async () => {
    await shop.backUp('lines', '--only', 'order_lines');
    shop.change('DELETE FROM order_lines');
    expect((await shop.run('restore', 'lines', '--clear-existing', ...consent)).exitCode).toBe(0);
    expect(ask('SELECT count(*) FROM order_lines')).toEqual([2]);
    shop.change('DELETE FROM order_lines; DELETE FROM products WHERE id = 2');
    const { code, message } = await refusalOf('lines', '--clear-existing');
    expect([code, message]).toEqual([
      'RESTORE.ORPHANS',
      expect.stringMatching(/: 1 rows? of order_lines would point to rows of products that are not there/),
    ]);
  });

  it('are compared as numbers where their columns are of different types', async () => {
    shop.change(`CREATE TABLE tag (id INTEGER PRIMARY KEY, product_id TEXT REFERENCES products (id));
      INSERT INTO tag VALUES (1, '1'), (2, '2');
      CREATE TABLE code (id TEXT PRIMARY KEY); INSERT INTO code VALUES ('7');
      CREATE TABLE use (id INTEGER PRIMARY KEY, code INTEGER REFERENCES code (id)); INSERT INTO use VALUES (1, 7)`);
    await shop.backUp('before');
    shop.change('DELETE FROM tag; DELETE FROM use');
    expect((await shop.run('restore', 'before', '--clear-existing', ...consent)).exitCode).toBe(0);
    expect(ask('SELECT product_id FROM tag ORDER BY id')).toEqual(['1', '2']);
    expect(ask('PRAGMA foreign_key_check')).toEqual([]);
  });

  it('are joined by a column that is newer than the snapshot', async () => {
    await shop.backUp('before');
    shop.change('ALTER TABLE audit ADD COLUMN product_id INTEGER REFERENCES products (id)');
    shop.change("UPDATE audit SET product_id = 1; INSERT INTO audit VALUES ('x', 2)");
    const run = await shop.run('restore', 'before', '--clear-existing', '--allow-schema-changes', ...consent);
    expect([run.exitCode, ask('PRAGMA foreign_key_check')]).toEqual([0, []]);
    expect(ask('SELECT count(*) FROM audit')).toEqual([0]);
  });

  it('keep the orphans that a table had which is made anew beside its parents', async () => {
    shop.change('PRAGMA foreign_keys = OFF; INSERT INTO order_lines (product_id, quantity) VALUES (99, 1)');
    await shop.backUp('before');
    const fresh = path.join(shop.folder, 'fresh.db');
    writeFileSync(fresh, '');
    const argv = [
      'restore',
      'before',
      '--create-schema',
      '--to',
      `file:${fresh}`,
      '--confirm',
      'fresh.db',
      '--json',
    ];
    const result = await shop.run(...argv);
    expect([result.exitCode, documentOf(result)['warnings']]).toEqual([
      0,
      expect.arrayContaining([expect.stringContaining('order_lines')]),
    ]);
  });
});

it('says that the safety snapshot of an encrypted one will not be encrypted', async () => {
  const { identity, recipient } = await makeKeys();
  const key = path.join(shop.folder, 'key.txt');
  writeFileSync(key, `${identity}\n`, { mode: 0o600 });
  shop.env = { ...shop.env, BACKUP_ENCRYPTION_RECIPIENT: recipient };
  await shop.backUp('before');
  const { BACKUP_ENCRYPTION_RECIPIENT, ...env } = shop.env;
  shop.env = env;
  shop.change('DELETE FROM order_lines');
  const dry = await shop.run(
    'restore',
    'before',
    '--clear-existing',
    '--identity',
    key,
    '--dry-run',
    '--json',
  );
  expect(documentOf(dry)['warnings']).toContain(
    'The safety snapshot will not be encrypted: BACKUP_ENCRYPTION_RECIPIENT is not set here',
  );
});
