import { chmodSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { makeKeys } from '../support/age.ts';
import { documentOf, errorOf, filesOf, type JsonDocument, startBinary } from '../support/cli.ts';
import { damage, Shop } from './shop.ts';

const keys = await makeKeys();
const otherKeys = await makeKeys();
let shop: Shop;
let identityFile: string;

/** A shop whose backups are encrypted, on a host that has no key which opens them. */
beforeEach(() => {
  shop = new Shop();
  shop.env = { ...shop.env, BACKUP_ENCRYPTION_RECIPIENT: keys.recipient };
  identityFile = path.join(shop.folder, 'identity.txt');
  writeFileSync(identityFile, `# public key: ${keys.recipient}\n${keys.identity}\n`, { mode: 0o600 });
});

function withKey(...argv: readonly string[]): string[] {
  return [...argv, '--identity', identityFile];
}

function sidecarOf(snapshot: string): JsonDocument {
  return JSON.parse(readFileSync(`${snapshot}.meta.json`, 'utf8')) as JsonDocument;
}

/** Every file of the backup folder that holds one of these texts as it is. */
function filesWith(...canaries: readonly string[]): string[] {
  const found = [...filesOf(shop.backups)].filter(([, content]) =>
    canaries.some((canary) => content.includes(canary)),
  );
  return found.map(([name]) => name);
}

describe('an encrypted backup', () => {
  it.each([
    [[], '.json.gz.age'],
    [['--no-compression'], '.json.age'],
  ])('with options %j ends in %s and is verified by decoding, without any key', async (options, ending) => {
    const snapshot = await shop.backUp(...options);
    expect(snapshot).toMatch(new RegExp(`/backup-[^/]*Z${ending.replaceAll('.', '\\.')}$`));
    expect(readFileSync(snapshot, 'latin1')).toMatch(/^age-encryption\.org\/v1\n-> X25519 /);
    expect(sidecarOf(snapshot)).toMatchObject({
      verified: expect.any(String),
      verifiedBy: 'decoded',
      rows: 5,
    });
    expect((await shop.run('validate', 'backup', 'latest', ...withKey())).exitCode).toBe(0);
  });

  it('leaves nothing of its content, its description or its tables readable beside it', async () => {
    await shop.backUp('one', '--description', 'canary in words', '--tag', 'canary-tag', '--tier', 'daily');
    shop.change(damage);
    await shop.run('restore', ...withKey('latest', '--clear-existing', '--confirm', 'app.db'));
    const { description, tags } = sidecarOf(path.join(shop.backups, 'one.json.gz.age'));
    expect([description, tags]).toEqual([null, []]);
    const snapshots = readdirSync(shop.backups).filter((name) => name.endsWith('.age'));
    expect(snapshots).toHaveLength(2);
    expect(
      filesWith('Anvil', 'Bolt', 'somebody was here', 'canary', 'CREATE TABLE products', keys.identity),
    ).toEqual([]);
    expect([...filesOf(shop.backups).keys()].filter((name) => /\.partial$/.test(name))).toEqual([]);
    for (const name of snapshots) {
      const sidecar = JSON.stringify(sidecarOf(path.join(shop.backups, name)));
      expect(sidecar).not.toMatch(/products|order_lines|audit/);
    }
    // The control: the same search finds the content of a snapshot that is not encrypted.
    shop.env = { DATABASE_URL: shop.env['DATABASE_URL']! };
    await shop.backUp('plain', '--no-compression', '--description', 'canary in words');
    expect(filesWith('Anvil').sort()).toEqual(['plain.json']);
    expect(filesWith('canary').sort()).toEqual(['plain.json', 'plain.json.meta.json']);
  });

  it('is shown from the outside without a key, and whole with one', async () => {
    const snapshot = await shop.backUp('--description', 'inside');
    const outside = await shop.run('show', 'latest', '--json');
    expect(documentOf(outside)).toMatchObject({
      ok: true,
      path: snapshot,
      header: null,
      tables: null,
      outside: { rows: 5, purpose: 'backup', database: { provider: 'sqlite' } },
    });
    expect((await shop.run('show', 'latest')).stdout).toContain('--identity <file>');
    const inside = documentOf(await shop.run('show', 'latest', '--json', ...withKey()));
    expect(inside).toMatchObject({ header: { description: 'inside' }, tables: { length: 3 } });
    const rows = await shop.run('show', 'latest', '--rows', 'Product', ...withKey());
    expect(rows.stdout).toContain('[1,"A-1","Anvil"]');
  });

  it('is listed, pinned, cleaned up and deleted without a key', async () => {
    await shop.backUp('kept');
    await shop.backUp('gone');
    const listed = documentOf(await shop.run('list', '--json'))['snapshots'] as JsonDocument[];
    expect(listed.map(({ name, encrypted, verifiedBy }) => [name, encrypted, verifiedBy])).toEqual([
      ['gone', true, 'decoded'],
      ['kept', true, 'decoded'],
    ]);
    expect((await shop.run('pin', 'kept')).exitCode).toBe(0);
    expect((await shop.run('cleanup', '1')).exitCode).toBe(0);
    expect((await shop.run('delete', 'gone', '--confirm', 'gone')).exitCode).toBe(0);
    expect(readdirSync(shop.backups).filter((name) => name.includes('gone'))).toEqual([]);
  });

  it('is taken by auto, too', async () => {
    const { exitCode } = await shop.run('auto');
    expect(exitCode).toBe(0);
    const [snapshot] = readdirSync(shop.backups).filter((name) => name.endsWith('.age'));
    expect(snapshot).toMatch(/-backup-.*\.json\.gz\.age$/);
  });

  it('takes no recipient and passphrase at once', async () => {
    const file = passphraseFile('secret');
    const result = await shop.run('backup', '--json', '--passphrase-file', file);
    expect(errorOf(result)).toMatchObject({
      code: 'USAGE',
      hint: expect.stringContaining('BACKUP_ENCRYPTION_RECIPIENT'),
    });
  });

  it('names a recipient that was mistyped, and leaves nothing', async () => {
    shop.env['BACKUP_ENCRYPTION_RECIPIENT'] =
      `${keys.recipient.slice(0, -1)}${keys.recipient.endsWith('q') ? 'p' : 'q'}`;
    const result = await shop.run('backup', '--json');
    expect([result.exitCode, errorOf(result).code]).toEqual([2, 'ENCRYPTION.KEY']);
    expect(readdirSync(shop.backups).filter((name) => /\.age|partial/.test(name))).toEqual([]);
  });
});

describe('validate backup of an encrypted snapshot', () => {
  it('compares the stored bytes without a key, says so, and decodes with one', async () => {
    const snapshot = await shop.backUp();
    const outside = await shop.run('validate', 'backup', 'latest', '--json');
    expect(documentOf(outside)).toMatchObject({ ok: true, verifiedBy: 'stored bytes', findings: [] });
    expect(sidecarOf(snapshot)).toMatchObject({ verifiedBy: 'stored bytes' });
    expect((await shop.run('validate', 'backup', 'latest')).stdout).toContain('nothing was decoded');
    expect((await shop.run('list')).stdout).toMatch(/ bytes\b/);
    const inside = await shop.run('validate', 'backup', 'latest', '--json', ...withKey());
    expect(documentOf(inside)).toMatchObject({ ok: true, verifiedBy: 'decoded' });
    expect(sidecarOf(snapshot)).toMatchObject({ verifiedBy: 'decoded' });
  });

  it.each([
    ['its first line', 30],
    ['its stanza', 100],
    ['its content', 600],
  ])('finds a changed byte in %s, with the key and without', async (_place, offset) => {
    const snapshot = await shop.backUp();
    const bytes = readFileSync(snapshot);
    bytes[offset]! ^= 0x04;
    writeFileSync(snapshot, bytes);
    for (const key of [[], withKey()]) {
      const { exitCode, stdout } = await shop.run('validate', 'backup', snapshot, '--json', ...key);
      expect([exitCode, JSON.parse(stdout).findings?.length]).toEqual([4, 1]);
    }
  });

  it('finds that two snapshots were exchanged', async () => {
    const first = await shop.backUp('one', '--no-compression');
    const second = await shop.backUp('two', '--no-compression');
    renameSync(first, `${first}.aside`);
    renameSync(second, first);
    renameSync(`${first}.aside`, second);
    for (const key of [[], withKey()]) {
      for (const name of ['one', 'two']) {
        expect((await shop.run('validate', 'backup', name, ...key)).exitCode).toBe(4);
      }
    }
  });
});

describe('without the right key', () => {
  const reading = [
    [['show', 'latest', '--rows', 'Product']],
    [['restore', 'latest', '--clear-existing', '--confirm', 'app.db']],
    [['restore', 'latest', '--clear-existing', '--confirm', 'app.db', '--skip-validation']],
  ];

  it.each(reading)('%j says that the key is missing, and does nothing', async (argv) => {
    await shop.backUp();
    shop.change(damage);
    const before = readFileSync(shop.file);
    const result = await shop.run(...argv, '--json');
    expect([result.exitCode, errorOf(result).code]).toEqual([2, 'ENCRYPTION.IDENTITY_MISSING']);
    expect(errorOf(result).hint).toContain('--identity');
    expect(readFileSync(shop.file).equals(before)).toBe(true);
  });

  it.each(reading)('%j says that the key is another one, and prints no row', async (argv) => {
    await shop.backUp();
    shop.change(damage);
    const before = readFileSync(shop.file);
    writeFileSync(identityFile, otherKeys.identity);
    const result = await shop.run(...withKey(...argv, '--json'));
    expect([result.exitCode, errorOf(result).code]).toEqual([2, 'ENCRYPTION.WRONG_IDENTITY']);
    expect(readFileSync(shop.file).equals(before)).toBe(true);
    expect(`${result.stdout}${result.stderr}`).not.toContain(otherKeys.identity.slice(20));
  });

  it.each([
    ['is missing', () => rmSync(identityFile), 'no such file'],
    ['can be read by others', () => chmodSync(identityFile, 0o640), 'chmod 600'],
    ['holds something else', () => writeFileSync(identityFile, 'CANARY-KEY\n'), 'Line 1|line 1'],
    ['is empty', () => writeFileSync(identityFile, '# nothing\n'), 'no identity'],
  ])('an identity file that %s is refused', async (_how, spoil, expected) => {
    await shop.backUp();
    spoil();
    const { exitCode, stderr } = await shop.run('show', ...withKey('latest'));
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(new RegExp(expected))]);
    expect(stderr).toContain('[ENCRYPTION.KEY]');
    expect(stderr).not.toContain('CANARY-KEY');
  });
});

describe('restore of an encrypted snapshot', () => {
  it('brings every row back, and undo takes it back, both through encrypted safety snapshots', async () => {
    await shop.backUp();
    const rows = await rowsNow();
    shop.change(damage);
    const damaged = await rowsNow();
    expect(damaged).not.toEqual(rows);
    const restored = await shop.run(
      'restore',
      ...withKey('latest', '--json', '--clear-existing', '--confirm', 'app.db'),
    );
    expect(documentOf(restored)).toMatchObject({
      ok: true,
      safety: { path: expect.stringMatching(/\.json\.gz\.age$/) },
    });
    expect(await rowsNow()).toEqual(rows);
    expect(errorOf(await shop.run('undo', '--json', '--confirm', 'app.db')).code).toBe(
      'ENCRYPTION.IDENTITY_MISSING',
    );
    expect((await shop.run('undo', ...withKey('--confirm', 'app.db'))).exitCode).toBe(0);
    expect(await rowsNow()).toEqual(damaged);
  });

  it('of a plain one says before consent that undo will need the identity', async () => {
    const { BACKUP_ENCRYPTION_RECIPIENT: _, ...plain } = shop.env;
    const encrypted = shop.env;
    shop.env = plain;
    await shop.backUp();
    shop.change(damage);
    shop.env = encrypted;
    const asked = await shop.runTyping('no\n', 'restore', 'latest', '--clear-existing');
    expect([asked.exitCode, asked.stderr]).toEqual([3, expect.stringContaining('will need the identity')]);
    const done = await shop.run('restore', 'latest', '--json', '--clear-existing', '--confirm', 'app.db');
    expect(documentOf(done)).toMatchObject({ ok: true, warnings: [expect.stringContaining('identity')] });
    expect((await shop.run('undo', ...withKey('--confirm', 'app.db'))).exitCode).toBe(0);
  });

  it('on a host without a recipient says that the safety snapshot will not be encrypted', async () => {
    await shop.backUp();
    shop.change(damage);
    delete shop.env['BACKUP_ENCRYPTION_RECIPIENT'];
    const done = await shop.run('restore', ...withKey('latest', '--dry-run', '--json', '--clear-existing'));
    expect(documentOf(done)).toMatchObject({ warnings: [expect.stringContaining('will not be encrypted')] });
  });

  it('saves a corrupt database file encrypted', async () => {
    await shop.backUp();
    writeFileSync(shop.file, `SQLite format 3\0${'canary'.repeat(2000)}`);
    const result = await shop.run(
      'restore',
      ...withKey('latest', '--json', '--clear-existing', '--confirm', 'app.db'),
    );
    expect(errorOf(result)).toMatchObject({
      code: 'DATABASE.CORRUPT',
      hint: expect.stringContaining('app.db.damaged'),
    });
    expect(readdirSync(shop.backups).some((name) => /^raw-safety-.*\.age$/.test(name))).toBe(true);
    expect(filesWith('canary')).toEqual([]);
  });

  /** All rows of the shop, as a plain snapshot in another folder has them. */
  async function rowsNow(): Promise<unknown> {
    const { BACKUP_ENCRYPTION_RECIPIENT: _, ...env } = shop.env;
    const kept = shop.env;
    shop.env = env;
    const folder = path.join(shop.folder, `plain-${readdirSync(shop.folder).length}`);
    await shop.backUp('--dir', folder, 'now', '--no-compression');
    const shown = documentOf(await shop.run('show', 'now', '--json', '--dir', folder));
    shop.env = kept;
    return (shown['tables'] as JsonDocument[]).map(({ name, sha256 }) => [name, sha256]);
  }
});

describe('a lost sidecar of an encrypted snapshot', () => {
  it('is made again with the key, unverified and without what people wrote; without it the file is listed', async () => {
    const snapshot = await shop.backUp('one', '--description', 'canary', '--tag', 'canary');
    rmSync(`${snapshot}.meta.json`);
    const [alone] = documentOf(await shop.run('list', '--json'))['snapshots'] as JsonDocument[];
    expect(alone).toMatchObject({ name: 'one', id: null, encrypted: true, verified: null });
    expect((await shop.run('list')).stdout).toContain('encrypted');
    expect(errorOf(await shop.run('validate', 'backup', 'one', '--json')).code).toBe(
      'ENCRYPTION.IDENTITY_MISSING',
    );
    shop.env['BACKUP_ENCRYPTION_IDENTITY'] = identityFile;
    const [remade] = documentOf(await shop.run('list', '--json'))['snapshots'] as JsonDocument[];
    expect(remade).toMatchObject({ rows: 5, verified: null, description: null, tags: [] });
    expect((await shop.run('validate', 'backup', 'one')).exitCode).toBe(0);
    expect(sidecarOf(snapshot)).toMatchObject({ verifiedBy: 'decoded', description: null, tags: [] });
  });
});

describe('a passphrase', () => {
  it('from a file encrypts, and from a descriptor opens', async () => {
    delete shop.env['BACKUP_ENCRYPTION_RECIPIENT'];
    const file = passphraseFile('correct horse battery\n');
    shop.env['BACKUP_ENCRYPTION_PASSPHRASE_FILE'] = file;
    await shop.backUp();
    delete shop.env['BACKUP_ENCRYPTION_PASSPHRASE_FILE'];
    const descriptor = String(openSync(file, 'r'));
    const rows = await shop.run('show', 'latest', '--rows', 'Product', '--passphrase-fd', descriptor);
    expect(rows.stdout).toContain('"Anvil"');
    expect(filesWith('Anvil', 'correct horse')).toEqual([]);
  });

  it.each([
    ['others can read', () => chmodSync(passphraseFile('x'), 0o644), 'chmod 600'],
    ['holds two lines', () => passphraseFile('CANARY\nCANARY'), 'more than one line'],
    ['is empty', () => passphraseFile('\n'), 'no passphrase'],
  ])('in a file that %s is refused', async (_how, make, expected) => {
    delete shop.env['BACKUP_ENCRYPTION_RECIPIENT'];
    make();
    const { exitCode, stderr } = await shop.run(
      'backup',
      '--passphrase-file',
      path.join(shop.folder, 'passphrase.txt'),
    );
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(expected)]);
    expect(stderr).not.toContain('CANARY');
    expect(readdirSync(shop.backups).filter((name) => /\.age|partial|json\.gz/.test(name))).toEqual([]);
  });

  it('from a descriptor that is not open is refused', async () => {
    delete shop.env['BACKUP_ENCRYPTION_RECIPIENT'];
    const result = await shop.run('backup', '--json', '--passphrase-fd', '999');
    expect(errorOf(result)).toMatchObject({ code: 'ENCRYPTION.KEY', hint: expect.stringContaining('3<') });
  });
});

describe('keys', () => {
  it('new writes an identity file that only its owner can read, and never over another', async () => {
    const made = await shop.run('keys', 'new', '--json', '-o', 'new.txt');
    const file = path.join(shop.folder, 'new.txt');
    const { recipient, identity } = documentOf(made);
    expect(identity).toBeNull();
    const text = readFileSync(file, 'utf8');
    expect(text).toMatch(/^# created: [\d-]+T[\d:]+Z\n# public key: age1\w+\nAGE-SECRET-KEY-1\w+\n$/);
    expect((await shop.run('keys', 'show', 'new.txt')).stdout).toBe(`${recipient}\n`);
    const again = await shop.run('keys', 'new', '--json', '-o', 'new.txt');
    expect([errorOf(again).code, readFileSync(file, 'utf8')]).toEqual(['ENCRYPTION.KEY', text]);
    chmodSync(file, 0o644);
    expect((await shop.run('keys', 'show', 'new.txt')).exitCode).toBe(2);
  });

  it('new without a file prints one, which opens what its recipient encrypts', async () => {
    const { stdout } = await shop.run('keys', 'new');
    writeFileSync(identityFile, stdout);
    const recipient = (await shop.run('keys', 'show', identityFile)).stdout.trim();
    await shop.backUp('--encrypt', recipient);
    expect((await shop.run('validate', 'backup', ...withKey('latest'))).exitCode).toBe(0);
  });

  it('show never prints an identity', async () => {
    const { stdout, stderr } = await shop.run('keys', 'show', identityFile);
    expect([stdout, stderr]).toEqual([`${keys.recipient}\n`, '']);
  });
});

it('no process shows a passphrase or an identity in its command line', { timeout: 120_000 }, async () => {
  delete shop.env['BACKUP_ENCRYPTION_RECIPIENT'];
  const passphrase = 'canary-of-the-passphrase';
  const file = passphraseFile(passphrase);
  const env = {
    ...shop.env,
    BACKUP_ENCRYPTION_PASSPHRASE_FILE: file,
    BACKUP_ENCRYPTION_IDENTITY: identityFile,
  };
  const run = startBinary(['backup'], { cwd: shop.folder, env });
  let isRunning = true;
  const ended = run.ended.finally(() => {
    isRunning = false;
  });
  let seen = 0;
  const found: string[] = [];
  while (isRunning) {
    const lines = commandLines();
    seen += lines.filter((line) => line.includes('bin/holdfast.js')).length;
    found.push(...lines.filter((line) => line.includes(passphrase) || line.includes(keys.identity)));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const { exitCode, stdout, stderr } = await ended;
  expect(exitCode).toBe(0);
  expect(seen).toBeGreaterThan(0);
  expect(found).toEqual([]);
  expect(`${stdout}${stderr}`).not.toContain(passphrase);
  expect(filesWith(passphrase, keys.identity, 'Anvil')).toEqual([]);
});

function passphraseFile(text: string): string {
  const file = path.join(shop.folder, 'passphrase.txt');
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}

function commandLines(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        return readFileSync(`/proc/${name}/cmdline`, 'latin1').replaceAll('\0', ' ');
      } catch {
        return []; // It has ended meanwhile.
      }
    });
}
