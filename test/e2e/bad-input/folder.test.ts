import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { damage, Shop } from '../../cli/shop.ts';
import { projectFolder, runBinary } from '../../support/cli.ts';
import { digestSqlite, makeTempFolder } from '../../support/sqlite.ts';
import { expectRefusal } from './refusal.ts';

const restoreAll = ['restore', 'latest', '--clear-existing', '--confirm', 'app.db'];

describe('a backup folder of another database', () => {
  it('is refused, with the ways out', async () => {
    const [one, other] = [new Shop(), new Shop()];
    await one.backUp();
    const env = { ...other.env, BACKUP_DIR: one.backups };
    other.env = env;
    await expectRefusal({ folder: one.folder, run: (...argv) => other.run(...argv) }, ['backup'], {
      code: 'FOLDER.OTHER_DATABASE',
      message: [one.backups, one.file, other.file],
      hint: ['BACKUP_DIR', '--dir', '--adopt'],
    });
    expect((await other.run('backup', '--adopt')).exitCode).toBe(0);
  });

  it('gives its snapshots, and keeps what a restore into another database replaces apart', async () => {
    const [one, other] = [new Shop(), new Shop()];
    await one.backUp();
    other.change(damage);
    other.env = { ...other.env, BACKUP_DIR: one.backups };
    const before = digestSqlite(other.file);
    const result = await other.run(...restoreAll);
    expect(result.stderr).not.toContain('holdfast:');
    expect(digestSqlite(other.file)).toEqual(digestSqlite(one.file));
    expect(result.stdout).toMatch(/What was there before is in .*\/backups\/other-[0-9a-f]{12}\/safety-/);
    await other.run('undo', '--confirm', 'app.db');
    expect(digestSqlite(other.file)).toEqual(before);
  });
});

describe('a backup folder that cannot be used', () => {
  it('is named when a file stands in its place', async () => {
    const shop = new Shop();
    writeFileSync(shop.backups, 'not a folder');
    await expectRefusal({ folder: shop.folder, run: (...argv) => shop.run(...argv) }, ['backup'], {
      code: 'FOLDER.NOT_WRITABLE',
      message: ['Cannot write to the backup folder', shop.backups],
      hint: ['--dir', 'BACKUP_DIR'],
    });
  });
});

const otherUser = findOtherUser();

/** The user `nobody` can run the program here, or the reason why not. */
function findOtherUser(): { readonly name: string; readonly id: number } | string {
  if (process.getuid?.() !== 0) return 'it takes root to run as another user';
  const name = 'nobody';
  const files = JSON.stringify([path.join(projectFolder, 'package.json'), tmpdir()]);
  const script = `for (const file of ${files}) fs.accessSync(file)`;
  const probe = spawnSync('runuser', ['-u', name, '--', process.execPath, '-e', script]);
  if (probe.status !== 0) return `${name} cannot reach the project or the temporary folder`;
  return { name, id: Number(execFileSync('id', ['-u', name], { encoding: 'utf8' })) };
}

const whyNotAsOther = typeof otherUser === 'string' ? ` [not run: ${otherUser}]` : '';

describe.skipIf(typeof otherUser === 'string')(`as another user${whyNotAsOther}`, () => {
  const user = typeof otherUser === 'string' ? { name: '', id: 0 } : otherUser;

  /** A shop that belongs to the other user, with a backup folder that does not. */
  async function shopOfOther(mode: number): Promise<Shop> {
    const shop = new Shop();
    await shop.backUp();
    shop.change(damage);
    for (const file of [
      shop.folder,
      path.dirname(shop.file),
      shop.file,
      path.join(shop.folder, 'prisma/schema.prisma'),
    ])
      chownSync(file, user.id, user.id);
    chmodSync(shop.backups, mode);
    execFileSync('chmod', ['-R', 'a+rX', shop.backups]);
    chmodSync(path.dirname(shop.folder), 0o755);
    return shop;
  }

  it.each([['backup'], restoreAll])(
    '%s names a folder that it may not write to, and changes nothing',
    async (...argv) => {
      const shop = await shopOfOther(0o755);
      const database = digestSqlite(shop.file);
      await expectRefusal(
        {
          folder: shop.folder,
          run: (...words) => runBinary(words, { cwd: shop.folder, env: shop.env, user: user.name }),
        },
        argv,
        {
          code: 'FOLDER.NOT_WRITABLE',
          message: ['Cannot write to the backup folder', shop.backups, /EACCES|permission denied/],
          hint: ['Give this user the folder', '--dir'],
        },
      );
      expect(digestSqlite(shop.file)).toEqual(database);
    },
  );

  it('lists and checks snapshots in a folder that it may only read', async () => {
    const shop = await shopOfOther(0o755);
    const options = { cwd: shop.folder, env: shop.env, user: user.name };
    expect((await runBinary(['list', '--json'], options)).exitCode).toBe(0);
    expect((await runBinary(['validate', 'backup', 'latest'], options)).exitCode).toBe(0);
  });

  it('names a database that it may not read', async () => {
    const shop = await shopOfOther(0o777);
    chownSync(shop.file, 0, 0);
    chmodSync(shop.file, 0o600);
    const result = await runBinary(['backup', '--dir', path.join(shop.folder, 'own')], {
      ...{ cwd: shop.folder, env: shop.env, user: user.name },
    });
    expect(result.exitCode).toBe(2);
    expect(result.stderr).toContain('[DATABASE.PERMISSION]');
    expect(result.stderr).toContain(shop.file);
  });
});

const smallDisk = mountSmallDisk();

/** A disk of one mebibyte, or the reason why there is none. */
function mountSmallDisk(): { readonly folder: string } | { readonly reason: string } {
  const folder = path.join(makeTempFolder(), 'disk');
  mkdirSync(folder);
  const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { encoding: 'utf8' });
  if (mount.status === 0) return { folder };
  return { reason: `no disk can be mounted: ${(mount.stderr ?? String(mount.error)).trim().split('\n')[0]}` };
}

const whyNoDisk = 'reason' in smallDisk ? ` [not run: ${smallDisk.reason}]` : '';

describe.skipIf('reason' in smallDisk)(`a full backup folder${whyNoDisk}`, () => {
  const disk = 'folder' in smallDisk ? smallDisk.folder : '';
  afterAll(() => {
    spawnSync('umount', [disk]);
  });

  it.each([['backup'], restoreAll])(
    'fails %s before the first write, and keeps what is there',
    async (...argv) => {
      const shop = new Shop();
      const backups = path.join(disk, argv[0]!);
      shop.env = { ...shop.env, BACKUP_DIR: backups };
      await shop.backUp('small');
      const kept = readFileSync(path.join(backups, 'small.json.gz'));
      shop.change(
        `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) INSERT INTO audit SELECT hex(randomblob(600)) FROM n`,
      );
      const database = digestSqlite(shop.file);
      await expectRefusal({ folder: disk, run: (...words) => shop.run(...words) }, argv, {
        code: argv[0] === 'backup' ? 'FOLDER.FULL' : 'RESTORE.SAFETY',
        message: [backups, /free|space/],
        hint: ['--dir'],
      });
      expect(digestSqlite(shop.file)).toEqual(database);
      expect(readFileSync(path.join(backups, 'small.json.gz'))).toEqual(kept);
    },
  );

  it('leaves nothing of a snapshot when the disk fills up on the way', async () => {
    const shop = new Shop();
    const backups = path.join(disk, 'on-the-way');
    shop.env = { ...shop.env, BACKUP_DIR: backups };
    // Random bytes do not compress: the estimate fits, the snapshot does not.
    shop.change(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1600) INSERT INTO audit SELECT randomblob(1000) FROM n`,
    );
    writeFileSync(path.join(disk, 'ballast'), Buffer.alloc(200_000, 1));
    await expectRefusal({ folder: disk, run: (...words) => shop.run(...words) }, ['backup'], {
      code: 'FOLDER.FULL',
      message: [backups],
      hint: ['--dir'],
    });
  });
});
