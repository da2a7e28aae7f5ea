import { appendFileSync, copyFileSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../../src/errors.ts';
import { damage, Shop } from '../../cli/shop.ts';
import { digestSqlite } from '../../support/sqlite.ts';
import { expectRefusal, type RefusedRun } from './refusal.ts';
import { rewriteHeader, writeSnapshotLike } from './written-snapshot.ts';

const confirmed = ['--clear-existing', '--confirm', 'app.db'];

function placeOf(shop: Shop): RefusedRun {
  return { folder: shop.folder, run: (...argv) => shop.run(...argv) };
}

/** What becomes of a snapshot file on its way, and what a restore says of it. */
const damages: readonly (readonly [string, (file: string) => void, readonly ErrorCode[]])[] = [
  [
    'truncated by a byte',
    (file) => truncateSync(file, readFileSync(file).length - 1),
    ['SNAPSHOT.TRUNCATED', 'SNAPSHOT.FORMAT'],
  ],
  [
    'truncated to half',
    (file) => truncateSync(file, Math.floor(readFileSync(file).length / 2)),
    ['SNAPSHOT.TRUNCATED', 'SNAPSHOT.FORMAT'],
  ],
  ['truncated to nothing', (file) => truncateSync(file, 0), ['SNAPSHOT.TRUNCATED', 'SNAPSHOT.FORMAT']],
  [
    'extended by a line',
    (file) => appendFileSync(file, '\n'),
    ['SNAPSHOT.EXTENDED', 'SNAPSHOT.TRUNCATED', 'SNAPSHOT.FORMAT'],
  ],
  [
    'extended by another copy of itself',
    (file) => appendFileSync(file, readFileSync(file)),
    ['SNAPSHOT.EXTENDED', 'SNAPSHOT.CHECKSUM'],
  ],
  [
    'altered in a byte of its rows',
    (file) => {
      const bytes = readFileSync(file);
      bytes[Math.floor(bytes.length * 0.4)]! ^= 1;
      writeFileSync(file, bytes);
    },
    ['SNAPSHOT.CHECKSUM'],
  ],
  [
    'altered in its text and packed again',
    (file) => {
      const text = gunzipSync(readFileSync(file)).toString('utf8');
      writeFileSync(file, gzipSync(text.replace('"Anvil"', '"Angle"')));
    },
    ['SNAPSHOT.CHECKSUM', 'SNAPSHOT.TRUNCATED', 'SNAPSHOT.FORMAT'],
  ],
  [
    'replaced by another gzip file',
    (file) => writeFileSync(file, gzipSync('{"users": []}')),
    ['SNAPSHOT.FORMAT', 'SNAPSHOT.TRUNCATED'],
  ],
  [
    'replaced by no gzip file',
    (file) => writeFileSync(file, 'PK\u0003\u0004 something else'),
    ['SNAPSHOT.FORMAT', 'SNAPSHOT.TRUNCATED'],
  ],
];

describe.each(damages)('a snapshot that is %s', (_what, damageFile, codes) => {
  it.each([[[]], [['--skip-validation']]])('is not restored, and nothing is changed (%s)', async (flags) => {
    const shop = new Shop();
    const file = await shop.backUp('night');
    shop.change(damage);
    damageFile(file);
    const before = digestSqlite(shop.file);
    const result = await shop.run('restore', file, ...confirmed, ...flags, '--json');
    expect(result.exitCode).toBe(2);
    const { code } = (JSON.parse(result.stdout) as { error: { code: ErrorCode } }).error;
    expect(codes).toContain(code);
    await expectRefusal(placeOf(shop), ['restore', file, ...confirmed], {
      code,
      message: [/night/],
      hint: ['holdfast '],
    });
    expect(digestSqlite(shop.file)).toEqual(before);
  });

  it('is found by validate backup', async () => {
    const shop = new Shop();
    const file = await shop.backUp('night');
    damageFile(file);
    const result = await shop.run('validate', 'backup', file, '--json');
    const document = JSON.parse(result.stdout) as { ok: boolean };
    expect(document.ok).toBe(false);
    expect([2, 4]).toContain(result.exitCode);
  });

  it('is in the list all the same, and the list works', async () => {
    const shop = new Shop();
    const file = await shop.backUp('night');
    await shop.backUp('day');
    damageFile(file);
    const result = await shop.run('list');
    expect(result.exitCode).toBe(0);
    expect(result.stdout).toContain('night');
    expect(result.stdout).toContain('day');
  });
});

describe('a snapshot from elsewhere', () => {
  it('of another kind of database is refused with both names', async () => {
    const shop = new Shop();
    const text = gunzipSync(readFileSync(await shop.backUp())).toString('utf8');
    expect(text).toContain('"provider":"sqlite"');
    // The header of a snapshot is inside of a checksum, so this needs the writer.
    const file = path.join(shop.backups, 'foreign.json');
    await writeSnapshotLike(file, { header: { provider: 'postgresql', serverVersion: '15.1' } });
    await expectRefusal(placeOf(shop), ['restore', file, ...confirmed], {
      code: 'RESTORE.PROVIDER',
      message: ['postgresql', 'sqlite', 'cannot be restored'],
      hint: ['postgresql', 'DATABASE_URL'],
    });
  });

  it('with hostile names of tables is refused with the names, and nothing of it is run', async () => {
    const shop = new Shop();
    await shop.backUp();
    const file = path.join(shop.backups, 'hostile.json');
    const names = [
      'x"; DROP TABLE products; --',
      '../../../etc/passwd',
      '__proto__',
      'sqlite_master',
      'a\u001b[2J',
    ];
    await writeSnapshotLike(file, { tables: names });
    for (const flags of [[], ['--dry-run'], ['--allow-schema-changes']]) {
      await expectRefusal(placeOf(shop), ['restore', file, ...confirmed, ...flags], {
        code: 'RESTORE.SCHEMA',
        message: ['does not have the tables of the snapshot'],
        hint: ['prisma migrate deploy', '--create-schema'],
      });
    }
    const shown = await shop.run('show', file);
    expect(shown.stdout).toContain('a\\u001b[2J');
    expect(shown.stdout).not.toContain('\u001b');
  });

  it('with paths for names writes nowhere else', async () => {
    const shop = new Shop();
    const own = await shop.backUp('own');
    shop.change(damage);
    const file = path.join(shop.folder, 'elsewhere.json');
    await rewriteHeader(own, file, {
      name: '../../../../tmp/evil',
      id: '../../evil',
      description: '../evil',
    });
    const result = await shop.run('restore', file, ...confirmed, '--json');
    expect(result.stderr).toBe('');
    expect(result.exitCode).toBe(0);
    const { safety } = JSON.parse(result.stdout) as { safety: { path: string } };
    expect(path.dirname(safety.path)).toBe(shop.backups);
    expect(path.basename(safety.path)).toMatch(/^safety-[0-9TZ-]+\.json\.gz$/);
  });

  it('runs its own table definitions with --create-schema only, and shows them first', async () => {
    const shop = new Shop();
    const file = path.join(shop.folder, 'evil.json');
    const definition = [{ kind: 'table', name: 'evil', sql: 'CREATE TABLE evil (id INTEGER)' }];
    await writeSnapshotLike(file, { tables: ['evil'], definition });
    const result = await shop.run('restore', file, ...confirmed, '--create-schema');
    expect(result.exitCode).toBe(2);
    expect(result.stderr).toContain('[RESTORE.SCHEMA]');
    rmSync(shop.file);
    const shown = await shop.run('restore', file, '--create-schema', '--dry-run', '--json');
    expect(shown.exitCode === 0 ? JSON.parse(shown.stdout) : { definition }).toMatchObject({ definition });
  });
});

describe('a reference to a snapshot', () => {
  it.each(['nowhere', './nowhere.json.gz', '../../nowhere/passwd', '0000', 'latest'])(
    'that fits none (%s) is named, with the way to the list',
    async (reference) => {
      const shop = new Shop();
      for (const command of [['show'], ['restore'], ['validate', 'backup']]) {
        await expectRefusal(placeOf(shop), [...command, reference], {
          code: 'SNAPSHOT.NOT_FOUND',
          message: [reference === 'latest' ? shop.backups : path.basename(reference)],
          hint: [/holdfast (list|backup)/],
        });
      }
    },
  );

  it('that fits several is named with all of them', async () => {
    const shop = new Shop();
    const first = await shop.backUp('one');
    const copy = path.join(shop.backups, 'two.json.gz');
    copyFileSync(first, copy);
    const { snapshots } = JSON.parse((await shop.run('list', '--json')).stdout) as {
      snapshots: { id: string }[];
    };
    await expectRefusal(placeOf(shop), ['show', snapshots[0]!.id.slice(0, 8)], {
      code: 'SNAPSHOT.AMBIGUOUS',
      message: ['one.json.gz', 'two.json.gz'],
      hint: ['whole name'],
    });
  });

  it.each(['../evil', 'a/b', 'a b', '', '.hidden', 'x.meta', 'con', 'é'.repeat(200)])(
    'is not made of the name %j',
    async (name) => {
      const shop = new Shop();
      await expectRefusal(placeOf(shop), ['backup', name], {
        code: 'SNAPSHOT.NAME',
        message: ['Cannot name a snapshot'],
        hint: [/holdfast backup [A-Za-z0-9._-]+/],
      });
    },
  );
});

describe('consent', () => {
  it.each([
    ['no name', []],
    ['another name', ['--confirm', 'shop']],
    ['the path', ['--confirm', 'prisma/app.db']],
    ['no safety snapshot and no name', ['--no-safety']],
  ])('is not given by %s', async (_case, flags) => {
    const shop = new Shop();
    await shop.backUp();
    shop.change(damage);
    const before = digestSqlite(shop.file);
    await expectRefusal(placeOf(shop), ['restore', 'latest', '--clear-existing', ...flags], {
      code: 'RESTORE.CONSENT',
      exitCode: 3,
      message: [shop.file, 'nothing was changed'],
      hint: ['--confirm app.db'],
    });
    expect(digestSqlite(shop.file)).toEqual(before);
  });

  it('is not asked of an operator whose restore would fail anyway', async () => {
    const shop = new Shop();
    await shop.backUp();
    shop.change(damage);
    await expectRefusal(placeOf(shop), ['restore', 'latest', '--confirm', 'app.db'], {
      code: 'RESTORE.CONFLICT',
      message: ['1 rows of products', 'nothing was changed'],
      hint: ['--clear-existing', '--on-conflict skip', '--on-conflict overwrite'],
    });
  });

  it('is needed for undo, too', async () => {
    const shop = new Shop();
    await shop.backUp();
    shop.change(damage);
    await shop.run('restore', 'latest', ...confirmed);
    await expectRefusal(placeOf(shop), ['undo'], {
      code: 'RESTORE.CONSENT',
      exitCode: 3,
      message: ['The undo would change', shop.file],
      hint: ['--confirm app.db'],
    });
  });

  it('has nothing to be given for where there is nothing to undo', async () => {
    const shop = new Shop();
    await shop.backUp();
    await expectRefusal(placeOf(shop), ['undo', '--confirm', 'app.db'], {
      code: 'RESTORE.NOTHING_TO_UNDO',
      message: [shop.backups],
      hint: ['holdfast list'],
    });
  });
});
