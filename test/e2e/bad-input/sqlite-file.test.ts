import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { Shop } from '../../cli/shop.ts';
import { expectRefusal, type RefusedRun } from './refusal.ts';

function placeOf(shop: Shop): RefusedRun {
  return { folder: shop.folder, run: (...argv) => shop.run(...argv) };
}

const commands = [['backup'], ['restore', 'latest', '--clear-existing', '--confirm', 'app.db']];

it.each(commands)('%s names a missing database file, and does not make it', async (...argv) => {
  const shop = new Shop();
  await shop.backUp();
  rmSync(shop.file);
  await expectRefusal(placeOf(shop), argv, {
    code: 'DATABASE.NOT_FOUND',
    message: ['Cannot open', shop.file, 'there is no such file'],
    hint: argv[0] === 'backup' ? ['DATABASE_URL', '--app'] : ['npx prisma migrate deploy', '--create-schema'],
  });
  expect(existsSync(shop.file)).toBe(false);
});

it.each(commands)('%s names an empty database file, and leaves it empty', async (...argv) => {
  const shop = new Shop();
  await shop.backUp();
  writeFileSync(shop.file, '');
  await expectRefusal(placeOf(shop), argv, {
    code: 'DATABASE.EMPTY_FILE',
    message: ['Cannot open', shop.file, 'empty'],
    hint: ['npx prisma migrate deploy'],
  });
  expect(statSync(shop.file).size).toBe(0);
});

it('names both files that a relative address can mean', async () => {
  const shop = new Shop();
  const other = path.join(shop.folder, 'app.db');
  copyFileSync(shop.file, other);
  await expectRefusal(placeOf(shop), ['backup'], {
    code: 'CONFIG.URL_AMBIGUOUS',
    message: ['DATABASE_URL', shop.file, other],
    hint: ['absolute path', 'file:/'],
  });
});

it('takes a link to the same file for one file', async () => {
  const shop = new Shop();
  symlinkSync(shop.file, path.join(shop.folder, 'app.db'));
  expect((await shop.run('backup')).exitCode).toBe(0);
});

it('names a file that is no database', async () => {
  const shop = new Shop();
  writeFileSync(shop.file, 'holdfast '.repeat(1000));
  await expectRefusal(placeOf(shop), ['backup'], {
    code: 'DATABASE.CORRUPT',
    message: ['Cannot open', shop.file, 'not a SQLite database'],
    hint: ['holdfast restore latest'],
  });
});

it('names a folder in the place of the file', async () => {
  const shop = new Shop();
  rmSync(shop.file);
  mkdirSync(shop.file);
  shop.env = { DATABASE_URL: `file:${shop.file}` };
  await expectRefusal(placeOf(shop), ['backup'], {
    code: 'DATABASE.UNSUPPORTED',
    message: [shop.file, 'folder'],
    hint: ['DATABASE_URL'],
  });
});

it('fails a backup of a file with a damaged page, with no snapshot left', async () => {
  const shop = new Shop();
  shop.change(
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) INSERT INTO audit SELECT 'message ' || i FROM n`,
  );
  const bytes = readFileSync(shop.file);
  bytes.fill(0xff, bytes.length - 8 * 4096, bytes.length - 7 * 4096);
  writeFileSync(shop.file, bytes);
  await expectRefusal(placeOf(shop), ['backup'], {
    code: 'DATABASE.CORRUPT',
    message: [shop.file],
    hint: [/./],
  });
});

it('saves the bytes of a damaged file before it refuses to restore over it', async () => {
  const shop = new Shop();
  await shop.backUp();
  const damaged = Buffer.from('no database any more');
  writeFileSync(shop.file, damaged);
  const result = await shop.run('restore', 'latest', '--clear-existing', '--confirm', 'app.db');
  expect(result.exitCode).toBe(2);
  const [, saved] = /its bytes were saved to (\S+)/.exec(result.stderr) ?? [];
  expect(readFileSync(saved!)).toEqual(damaged);
  expect(readFileSync(shop.file)).toEqual(damaged);
  expect(result.stderr).toContain('holdfast restore latest --create-schema');
});

it('brings everything back when the advice about a damaged file is followed', async () => {
  const shop = new Shop();
  await shop.backUp();
  writeFileSync(shop.file, 'no database any more');
  const refused = await shop.run('restore', 'latest', '--clear-existing', '--confirm', 'app.db');
  const [, moves] =
    /Move the damaged file away \((.*)\), then run: holdfast restore latest --create-schema/.exec(
      refused.stderr,
    )!;
  execFileSync('sh', ['-c', moves!]);
  const restored = await shop.run('restore', 'latest', '--create-schema');
  expect(restored.stderr).not.toContain('holdfast:');
  expect(restored.exitCode).toBe(0);
  expect((await shop.run('restore', 'latest', '--dry-run', '--clear-existing', '--json')).stdout).toContain(
    '"insert":0,"update":0,"delete":0,"unchanged":3',
  );
});
