import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { damage } from '../cli/shop.ts';
import { documentOf, errorOf } from '../support/cli.ts';
import { digestSqlite } from '../support/sqlite.ts';
import { contentOf, ShopWithTargets } from './shop-with-targets.ts';

interface Target {
  readonly target: string;
  readonly ok: boolean;
  readonly copied: readonly string[];
  readonly error: { readonly code: string } | null;
  readonly snapshots: readonly { readonly name: string; readonly state: string; readonly reason: string }[];
}

function targetsOf(document: object, field = 'targets'): readonly Target[] {
  return (document as Record<string, readonly Target[]>)[field]!;
}

/** Changes one byte in the middle of a file. */
function spoil(file: string): void {
  const bytes = readFileSync(file);
  bytes[bytes.length >> 1]! ^= 1;
  writeFileSync(file, bytes);
}

describe('backup with targets', () => {
  it('copies the snapshot, its checksum and its sidecar to every target', async () => {
    const shop = new ShopWithTargets();
    const result = await shop.run('backup', 'first', '--json');
    expect(result.exitCode).toBe(0);
    expect(targetsOf(documentOf(result), 'offsite').map(({ target, copied }) => [target, copied])).toEqual([
      ['disk', ['first']],
      ['stick', ['first']],
    ]);
    const here = contentOf(shop.backups);
    expect(Object.keys(here)).toEqual(['first.json.gz', 'first.json.gz.meta.json', 'first.json.gz.sha256']);
    expect(contentOf(shop.disk)).toEqual(here);
    expect(contentOf(shop.stick)).toEqual(here);
  });

  it.each([
    ['required', 'disk', 2, 'failed'],
    ['not required', 'stick', 4, 'findings'],
  ] as const)(
    'keeps the snapshot when a target that is %s fails, says so, and makes up for it',
    async (_what, name, exitCode, recorded) => {
      const shop = new ShopWithTargets();
      const [folder, other] = name === 'disk' ? [shop.disk, shop.stick] : [shop.stick, shop.disk];
      renameSync(folder, `${folder}-away`);
      const result = await shop.run('backup', 'first', '--json');
      expect(result.exitCode).toBe(exitCode);
      const document = documentOf(result);
      expect(document['ok']).toBe(false);
      expect(document['snapshot']).toMatchObject({ name: 'first' });
      const failed = targetsOf(document, 'offsite').find(({ target }) => target === name);
      expect(failed).toMatchObject({ ok: false, copied: [], error: { code: 'STORE.UNREACHABLE' } });
      expect(contentOf(other)).toEqual(contentOf(shop.backups));
      expect((await shop.run('validate', 'backup', 'first')).exitCode).toBe(0);
      const { runs } = documentOf(await shop.run('history', '--json')) as unknown as {
        runs: readonly object[];
      };
      expect(runs[0]).toMatchObject({ command: 'backup', result: recorded, snapshot: 'first' });
      const health = await shop.run('health');
      expect([health.exitCode, health.stdout]).toEqual([4, expect.stringContaining('offsite.failed')]);
      renameSync(`${folder}-away`, folder);
      expect((await shop.run('sync')).exitCode).toBe(0);
      expect(Object.keys(contentOf(folder))).toHaveLength(3);
      expect((await shop.run('health')).stdout).not.toContain('offsite.failed');
    },
  );

  it('takes the snapshot although a target fails in a way that nobody foresaw', async () => {
    const shop = new ShopWithTargets();
    shop.setTargets({ disk: { kind: 'folder', path: `/tmp/${'x'.repeat(300)}` } });
    const result = await shop.run('backup', 'first', '--json');
    expect(result.exitCode).toBe(4);
    expect(targetsOf(documentOf(result), 'offsite')[0]).toMatchObject({ error: { code: 'SYSTEM' } });
    expect(Object.keys(contentOf(shop.backups))).toHaveLength(3);
  });

  it('takes the snapshot although the settings of a target are wrong', async () => {
    const shop = new ShopWithTargets();
    shop.setTargets({ disk: { kind: 'floppy' } });
    const result = await shop.run('backup', 'first', '--json');
    expect(result.exitCode).toBe(2);
    expect(targetsOf(documentOf(result), 'offsite')[0]).toMatchObject({ error: { code: 'STORE.SETTING' } });
    expect(Object.keys(contentOf(shop.backups))).toHaveLength(3);
  });
});

describe('sync', () => {
  it('shows how each snapshot stands on each target, and changes nothing by it', async () => {
    const shop = new ShopWithTargets();
    for (const name of ['equal', 'lost', 'other', 'gone']) await shop.backUp(name);
    rmSync(path.join(shop.disk, 'lost.json.gz.meta.json'));
    for (const ending of ['', '.meta.json', '.sha256']) {
      writeFileSync(
        path.join(shop.disk, `other.json.gz${ending}`),
        readFileSync(path.join(shop.disk, `gone.json.gz${ending}`)),
      );
      rmSync(path.join(shop.backups, `gone.json.gz${ending}`));
    }
    const before = contentOf(shop.disk);
    const result = await shop.run('sync', 'status', '--json');
    expect(result.exitCode).toBe(2);
    const [disk] = targetsOf(documentOf(result));
    expect(Object.fromEntries(disk!.snapshots.map(({ name, state }) => [name, state]))).toEqual({
      equal: 'equal',
      lost: 'missing',
      other: 'different',
      gone: 'there',
    });
    expect(contentOf(shop.disk)).toEqual(before);
    const { stdout } = await shop.run('list', '--all');
    expect(stdout).toMatch(/gone\s.*there/);
  });

  it('brings every snapshot back into a folder that is lost, and then has nothing to do', async () => {
    const shop = new ShopWithTargets();
    for (const name of ['one', 'two']) await shop.backUp(name);
    const before = contentOf(shop.backups);
    rmSync(shop.backups, { recursive: true });
    const result = await shop.run('sync', 'pull', '--target', 'disk', '--json');
    expect([result.exitCode, targetsOf(documentOf(result))[0]!.copied]).toEqual([0, ['two', 'one']]);
    expect(contentOf(shop.backups)).toEqual(before);
    const again = documentOf(await shop.run('sync', 'pull', '--json'));
    expect(targetsOf(again).flatMap(({ copied }) => copied)).toEqual([]);
  });

  it('does not replace another file of the same name, there or here', async () => {
    const shop = new ShopWithTargets();
    await shop.backUp('one');
    for (const ending of ['.meta.json', '.sha256']) rmSync(path.join(shop.disk, `one.json.gz${ending}`));
    spoil(path.join(shop.disk, 'one.json.gz'));
    const before = contentOf(shop.disk);
    const result = await shop.run('sync', '--json');
    expect(result.exitCode).toBe(2);
    expect(targetsOf(documentOf(result))[0]!.snapshots[0]!.reason).toMatch(/another file of that name/);
    expect(contentOf(shop.disk)).toEqual(before);
  });

  it('copies nothing that is damaged here, and goes on with the rest', async () => {
    const shop = new ShopWithTargets();
    const [first] = [await shop.backUp('one'), await shop.backUp('two')];
    for (const folder of [shop.disk, shop.stick])
      for (const name of readdirSync(folder)) rmSync(path.join(folder, name));
    spoil(first);
    const [disk] = targetsOf(documentOf(await shop.run('sync', '--json')));
    expect(disk!.copied).toEqual(['two']);
    expect(disk!.snapshots.find(({ name }) => name === 'one')!.reason).toMatch(/not what its sidecar says/);
    expect(Object.keys(contentOf(shop.disk))).toHaveLength(3);
  });

  it('leaves out what is no good snapshot here, and is no failure of the target', async () => {
    const shop = new ShopWithTargets();
    await shop.backUp('one');
    const file = path.join(shop.backups, 'one.json.gz');
    writeFileSync(path.join(shop.backups, 'stray.json'), '{"what": "ever"}');
    writeFileSync(path.join(shop.backups, 'with blank.json.gz'), readFileSync(file));
    writeFileSync(path.join(shop.backups, 'unverified.json.gz'), readFileSync(file));
    const { exitCode, stdout } = await shop.run('sync');
    expect(exitCode).toBe(0);
    for (const reason of [
      'stray: it is no snapshot',
      'with blank: its name',
      'unverified: it is not verified',
    ]) {
      expect(stdout).toContain(`not copied: ${reason}`);
    }
    expect(Object.keys(contentOf(shop.disk))).toHaveLength(3);
  });

  it('brings a pin to the copies', async () => {
    const shop = new ShopWithTargets();
    await shop.backUp('one');
    await shop.run('pin', 'one');
    expect((await shop.run('sync')).exitCode).toBe(0);
    expect(contentOf(shop.disk)).toEqual(contentOf(shop.backups));
    expect(contentOf(shop.disk)['one.json.gz.meta.json']).toContain('"pinned": true');
  });

  it('says what targets there are', async () => {
    const shop = new ShopWithTargets();
    expect(errorOf(await shop.run('sync', '--target', 'tape', '--json'))).toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('disk, stick'),
    });
  });
});

describe('a snapshot on a target', () => {
  it('is restored into an empty database on a new machine', async () => {
    const shop = new ShopWithTargets();
    await shop.backUp('one');
    shop.change('DROP VIEW stock');
    const before = digestSqlite(shop.file);
    rmSync(shop.backups, { recursive: true });
    rmSync(shop.file);
    new Database(shop.file).close();
    const result = await shop.run('restore', 'disk:latest', '--create-schema', '--json');
    expect([result.exitCode, documentOf(result)['snapshot']]).toEqual([
      0,
      expect.objectContaining({ name: 'one' }),
    ]);
    expect(digestSqlite(shop.file)).toEqual(before);
  });

  it('is shown, checked and tried without being kept', async () => {
    const shop = new ShopWithTargets();
    await shop.backUp('one');
    rmSync(shop.backups, { recursive: true });
    const commands = [
      ['show', 'disk:one'],
      ['validate', 'backup', 'disk:one'],
      ['restore', 'disk:one', '--dry-run'],
    ];
    for (const command of commands)
      expect([command, (await shop.run(...command)).exitCode]).toEqual([command, 0]);
    expect(contentOf(shop.backups)).toEqual({});
    expect(readdirSync(shop.backups).filter((name) => name.endsWith('.partial'))).toEqual([]);
  });

  it.each([
    ['damaged', (file: string) => spoil(file)],
    ['cut short', (file: string) => writeFileSync(file, readFileSync(file).subarray(0, -5))],
  ])('is refused when its copy is %s, and verify-remote finds it', async (_what, hurt) => {
    const shop = new ShopWithTargets();
    await shop.backUp('one');
    expect((await shop.run('verify-remote', '--target', 'disk')).exitCode).toBe(0);
    hurt(path.join(shop.disk, 'one.json.gz'));
    rmSync(shop.backups, { recursive: true });
    shop.change(damage);
    const before = digestSqlite(shop.file);
    const restored = await shop.run(
      'restore',
      'disk:one',
      '--clear-existing',
      '--confirm',
      'app.db',
      '--json',
    );
    expect(['STORE.VERIFY', 'SNAPSHOT.NOT_FOUND']).toContain(errorOf(restored).code);
    expect(digestSqlite(shop.file)).toEqual(before);
    expect(contentOf(shop.backups)).toEqual({});
    const verified = await shop.run('verify-remote', '--target', 'disk', '--all', '--json');
    expect([verified.exitCode, documentOf(verified)['ok']]).toEqual([4, false]);
  });

  it('is not fetched into the folder of another database', async () => {
    const [shop, other] = [new ShopWithTargets(), new ShopWithTargets()];
    await shop.backUp('one');
    await other.backUp('own');
    other.setTargets({ disk: { kind: 'folder', path: shop.disk } });
    const result = await other.run(
      'restore',
      'disk:one',
      '--json',
      '--confirm',
      'app.db',
      '--clear-existing',
    );
    expect(errorOf(result).code).toBe('FOLDER.OTHER_DATABASE');
  });
});

describe('cleanup of targets', () => {
  const old = (shop: ShopWithTargets, count: number) => {
    // As if a snapshot had been taken each day before the newest.
    for (const folder of [shop.backups, shop.disk, shop.stick]) {
      for (let day = 1; day <= count; day++) {
        const sidecar = JSON.parse(readFileSync(path.join(folder, 'newest.json.gz.meta.json'), 'utf8')) as {
          created: string;
        };
        const created = new Date(Date.parse(sidecar.created) - day * 86_400_000).toISOString();
        const file = path.join(folder, `daily-${day}.json.gz`);
        writeFileSync(file, readFileSync(path.join(folder, 'newest.json.gz')));
        writeFileSync(
          `${file}.meta.json`,
          JSON.stringify({ ...sidecar, tier: 'daily', created, id: `${day}`.repeat(16).slice(0, 16) }),
        );
      }
    }
  };

  it('follows the policy of each target, and its dry run says the same', async () => {
    const shop = new ShopWithTargets({ disk: { retention: { days: 3 } } });
    await shop.backUp('newest', '--tier', 'daily');
    old(shop, 6);
    const plan = documentOf(await shop.run('cleanup', '--dry-run', '--json'));
    expect(Object.keys(contentOf(shop.disk)).filter((name) => name.endsWith('.gz'))).toHaveLength(7);
    const run = documentOf(await shop.run('cleanup', '--json'));
    const decisions = (document: object) =>
      (document as { targets: { decisions: object[] }[] }).targets.map((one) => one.decisions);
    expect(decisions(run)).toEqual(decisions(plan));
    const left = (folder: string) => Object.keys(contentOf(folder)).filter((name) => name.endsWith('.gz'));
    expect(left(shop.disk)).toEqual([
      'daily-1.json.gz',
      'daily-2.json.gz',
      'daily-3.json.gz',
      'newest.json.gz',
    ]);
    expect(left(shop.stick)).toHaveLength(7);
    expect(left(shop.backups)).toHaveLength(7);
    // What the policy has deleted there does not come back with the next sync.
    expect((await shop.run('sync')).exitCode).toBe(0);
    expect(left(shop.disk)).toHaveLength(4);
  });

  it('deletes nothing on a target that cannot be listed, and cleans up the others', async () => {
    const shop = new ShopWithTargets({ disk: { retention: { days: 3 } }, stick: { retention: { days: 3 } } });
    await shop.backUp('newest', '--tier', 'daily');
    old(shop, 6);
    renameSync(shop.disk, `${shop.disk}-away`);
    const result = await shop.run('cleanup', '--json');
    expect([result.exitCode, documentOf(result)['ok']]).toEqual([4, false]);
    expect(Object.keys(contentOf(shop.stick)).filter((name) => name.endsWith('.gz'))).toHaveLength(4);
    renameSync(`${shop.disk}-away`, shop.disk);
    expect(Object.keys(contentOf(shop.disk)).filter((name) => name.endsWith('.gz'))).toHaveLength(7);
  });

  it('keeps the copy of a snapshot that may be pinned, because its sidecar cannot be read', async () => {
    const shop = new ShopWithTargets({ disk: { retention: { days: 1 } } });
    await shop.backUp('newest', '--tier', 'daily');
    old(shop, 6);
    const sidecar = path.join(shop.backups, 'daily-5.json.gz.meta.json');
    rmSync(sidecar);
    symlinkSync(path.basename(sidecar), sidecar);
    await shop.run('cleanup');
    const left = Object.keys(contentOf(shop.disk)).filter((name) => name.endsWith('.gz'));
    expect(left.sort()).toEqual(['daily-1.json.gz', 'daily-5.json.gz', 'newest.json.gz']);
  });

  it('never deletes the last verified copy, nor a pinned one, and removes what an interrupted deletion left', async () => {
    const shop = new ShopWithTargets({ disk: { retention: { days: 1 } } });
    await shop.backUp('newest', '--tier', 'daily');
    old(shop, 6);
    await shop.run('pin', 'daily-5');
    for (const ending of ['', '.meta.json', '.sha256'])
      rmSync(path.join(shop.disk, `newest.json.gz${ending}`));
    rmSync(path.join(shop.disk, 'daily-6.json.gz'));
    await shop.run('cleanup');
    expect(Object.keys(contentOf(shop.disk)).sort()).toEqual([
      ...['daily-1', 'daily-2', 'daily-5'].flatMap((name) => [
        `${name}.json.gz`,
        `${name}.json.gz.meta.json`,
      ]),
    ]);
  });
});

describe('health with targets', () => {
  it('wants copies that are fresh, read back and encrypted', async () => {
    const shop = new ShopWithTargets({ disk: { allowUnencrypted: true } });
    await shop.backUp('one');
    const first = (await shop.run('health')).stdout;
    expect(first).toMatch(/offsite\.unverified.*disk/);
    expect(first).toMatch(/offsite\.not-encrypted: Copies on stick can be read/);
    await shop.run('verify-remote');
    expect((await shop.run('health')).stdout).not.toContain('offsite.unverified');
    mkdirSync(path.join(shop.folder, 'elsewhere'));
    shop.setTargets({ tape: { kind: 'folder', path: 'elsewhere', allowUnencrypted: true } });
    expect((await shop.run('health')).stdout).toMatch(/offsite\.behind.*tape/);
  });
});
