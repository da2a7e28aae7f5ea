import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadSettings } from '../../src/config/load-settings.ts';
import { defaultSchedule } from '../../src/retention/schedule.ts';
import { documentOf, errorOf, filesOf } from '../support/cli.ts';
import { Shop } from './shop.ts';

const packageJson = `{\r
\t"name": "shop",\r
\t"files": ["dist", "bin"],\r
\t"scripts": { "dev": "vite", "backup": "tar czf backup.tgz ." },\r
\t"version": "1.0"\r
}`;

/** A shop as its developer has it, without anything of Holdfast. */
function makeShop(files: Readonly<Record<string, string>> = {}): Shop {
  const shop = new Shop();
  shop.env = {};
  const all = {
    '.env': 'DATABASE_URL="file:./app.db"\nSECRET=x y # no newline',
    'package.json': packageJson,
    ...files,
  };
  for (const [name, text] of Object.entries(all)) writeFileSync(path.join(shop.folder, name), text);
  mkdirSync(path.join(shop.folder, '.git'));
  return shop;
}

function read(shop: Shop, name: string): string {
  return readFileSync(path.join(shop.folder, name), 'utf8');
}

describe('init', () => {
  it('adds to every file what it lacks, and keeps every byte that is there', async () => {
    const shop = makeShop({ '.gitignore': 'node_modules' });
    chmodSync(path.join(shop.folder, '.env'), 0o640);
    const former = { env: read(shop, '.env'), ignored: read(shop, '.gitignore') };
    const { exitCode, stdout } = await shop.run('init');
    expect(exitCode).toBe(0);
    expect(read(shop, '.env')).toBe(
      `${former.env}\n# Backups of this database (Holdfast)\nBACKUP_DIR=backups\nBACKUP_RETENTION_DAYS=30\nBACKUP_COMPRESSION=true\n`,
    );
    expect(statSync(path.join(shop.folder, '.env')).mode & 0o777).toBe(0o640);
    expect(read(shop, '.gitignore')).toBe(`${former.ignored}\n/backups/\n`);
    expect(statSync(shop.backups).mode & 0o777).toBe(0o700);
    expect(stdout).toContain(`* * * * * umask 077;`);
    expect(stdout).toContain('npx holdfast backup');
  });

  it('adds npm scripts in the form of the file, and never replaces one', async () => {
    const shop = makeShop();
    const { stdout } = await shop.run('init');
    const text = read(shop, 'package.json');
    const [start, end] = [
      packageJson.slice(0, packageJson.indexOf(' },')),
      packageJson.slice(packageJson.indexOf(' },')),
    ];
    expect([text.startsWith(start), text.endsWith(end)]).toEqual([true, true]);
    expect(text.slice(start.length, -end.length)).toContain(',\r\n\t\t"backup:list": "holdfast list",\r\n');
    expect(text.replaceAll('\r\n', '')).not.toContain('\n');
    expect(JSON.parse(text).scripts).toEqual({
      dev: 'vite',
      backup: 'tar czf backup.tgz .',
      'backup:list': 'holdfast list',
      'backup:restore': 'holdfast restore',
      'backup:daily': 'holdfast backup --tier daily',
      'backup:weekly': 'holdfast backup --tier weekly',
      'backup:monthly': 'holdfast backup --tier monthly',
      'backup:auto': 'holdfast auto',
      'backup:cleanup': 'holdfast cleanup',
      'backup:export-sql': 'holdfast export-sql',
      'backup:health': 'holdfast health',
      'validate:data': 'holdfast validate data',
      'validate:backup': 'holdfast validate backup',
      'validate:report': 'holdfast report',
    });
    expect(stdout).toContain('stays: script backup is "tar czf backup.tgz ."');
  });

  it.each([
    ['{}', '{\n  "scripts": {\n    "backup": "holdfast backup",'],
    [
      '{\n    "name": "x"\n}\n',
      '{\n    "name": "x",\n    "scripts": {\n        "backup": "holdfast backup",',
    ],
    ['\uFEFF{"scripts": {}, "a": "\\"}{"}', '\uFEFF{"scripts": {\n    "backup": "holdfast backup",'],
    ['{ "a": [1, {"scripts": {}}] }', '{ "a": [1, {"scripts": {}}],\n  "scripts": {'],
  ])('finds the place of the scripts in %j', async (text, start) => {
    const shop = makeShop({ 'package.json': text });
    await shop.run('init');
    const next = read(shop, 'package.json');
    expect(next.slice(0, start.length)).toBe(start);
    const { scripts, ...rest } = JSON.parse(next.replace(/^\uFEFF/, ''));
    const { scripts: _scripts, ...former } = JSON.parse(text.replace(/^\uFEFF/, ''));
    expect(Object.keys(scripts)).toHaveLength(13);
    expect(rest).toEqual(former);
  });

  it('changes nothing when it is run again', async () => {
    const shop = makeShop();
    await shop.run('init');
    const before = filesOf(shop.folder);
    const again = documentOf(await shop.run('init', '--json')) as { files: { action: string }[] };
    expect(filesOf(shop.folder)).toEqual(before);
    expect(again.files.map(({ action }) => action)).toEqual(['keep', 'keep', 'keep', 'keep']);
  });

  it('writes nothing with --dry-run, and says what it would write', async () => {
    const shop = makeShop();
    const before = filesOf(shop.folder);
    const plan = documentOf(await shop.run('init', '--dry-run', '--json'));
    expect(filesOf(shop.folder)).toEqual(before);
    expect(existsSync(shop.backups)).toBe(false);
    const real = documentOf(await shop.run('init', '--json'));
    expect({ ...real, dryRun: true }).toEqual(plan);
  });

  it('writes settings that mean what is in force without them', async () => {
    const shop = makeShop();
    await shop.run('init');
    const settings = await loadSettings({ cwd: shop.folder, env: {} });
    expect(settings.schedule).toEqual(defaultSchedule);
    expect(settings.backupDir).toBe(shop.backups);
    expect([settings.warnings, settings.policyFaults]).toEqual([[], []]);
  });

  it('writes the settings that its options give, so that later commands need none', async () => {
    const shop = makeShop();
    const folder = path.join(shop.folder, "it's here/backups");
    await shop.run(
      'init',
      '--dir',
      folder,
      '--time-zone',
      'Europe/Berlin',
      '--daily',
      '04:30',
      '--retention-days',
      '7',
    );
    const settings = await loadSettings({ cwd: shop.folder, env: {} });
    expect(settings.backupDir).toBe(folder);
    expect([settings.schedule.zone, settings.schedule.daily]).toEqual([
      'Europe/Berlin',
      { hour: 4, minute: 30 },
    ]);
    expect(settings.retentionDays).toBe(7);
  });

  it('leaves alone what a file or the environment sets already', async () => {
    const shop = makeShop({
      'holdfast.config.json': '{ "retentionDays": 9 }',
      '.env': 'BACKUP_DIR=elsewhere',
    });
    shop.env = { DATABASE_URL: 'file:./app.db', BACKUP_COMPRESSION: 'false' };
    await shop.run('init');
    expect(read(shop, '.env')).toBe('BACKUP_DIR=elsewhere');
    expect(read(shop, 'holdfast.config.json')).toBe('{ "retentionDays": 9 }');
  });

  it('writes through a link to the file behind it', async () => {
    const shop = makeShop();
    const [link, real] = ['.env', 'real.env'].map((name) => path.join(shop.folder, name)) as [string, string];
    renameSync(link, real);
    symlinkSync(real, link);
    await shop.run('init');
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(readFileSync(real, 'utf8')).toContain('\nBACKUP_DIR=backups\n');
  });

  it('keeps from others what it creates for secrets', async () => {
    const shop = makeShop();
    rmSync(path.join(shop.folder, '.env'));
    await shop.run('init');
    expect(statSync(path.join(shop.folder, '.env')).mode & 0o777).toBe(0o600);
  });

  it.each([
    ['pnpm-lock.yaml', 'pnpm exec holdfast doctor'],
    ['yarn.lock', 'yarn holdfast doctor'],
    ['bun.lock', 'bunx holdfast doctor'],
    ['package-lock.json', 'npx holdfast doctor'],
  ])('speaks of the package manager that left %s', async (file, command) => {
    const shop = makeShop({ [file]: '' });
    expect(documentOf(await shop.run('init', '--json'))['next']).toContain(command);
  });

  it('refuses a package.json and a .env that it could not give back as they are', async () => {
    const shop = makeShop({ 'package.json': '{ "scripts": [] }' });
    const before = filesOf(shop.folder);
    expect(errorOf(await shop.run('init', '--json')).code).toBe('CONFIG.FILE');
    expect(filesOf(shop.folder)).toEqual(before);
    const latin = makeShop();
    writeFileSync(path.join(latin.folder, '.env'), Buffer.from('NAME=M\xfcller', 'latin1'));
    expect(errorOf(await latin.run('init', '--json')).message).toContain('it is not encoded in UTF-8');
  });

  it('sets up an application whose database is not there yet, and says so', async () => {
    const shop = makeShop({ '.env': '' });
    const { exitCode, stdout } = await shop.run('init');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/Warning: .*DATABASE_URL/);
  });
});

describe('init at a terminal', () => {
  it('asks until the answers make sense, and writes them', async () => {
    const shop = makeShop();
    const typed = 'saved\n0\n14\nNowhere/City\nEurope/Vienna\n25:00\n03:15\ny\n';
    const { exitCode, stderr } = await shop.runTyping(typed, 'init');
    expect(exitCode).toBe(0);
    expect(stderr).toContain('Nowhere/City');
    const settings = await loadSettings({ cwd: shop.folder, env: {} });
    expect(settings.backupDir).toBe(path.join(shop.folder, 'saved'));
    expect(settings.retentionDays).toBe(14);
    expect([settings.schedule.zone, settings.schedule.daily]).toEqual([
      'Europe/Vienna',
      { hour: 3, minute: 15 },
    ]);
  });

  it.each([
    ['no', '\n\n\n\nno\n'],
    ['a hang-up', null],
  ])('writes nothing after %s', async (_what, typed) => {
    const shop = makeShop();
    const before = filesOf(shop.folder);
    const { exitCode, stderr } = await shop.runTyping(typed, 'init');
    expect([exitCode, stderr.includes('[CONSENT.MISSING]')]).toEqual([3, true]);
    expect(filesOf(shop.folder)).toEqual(before);
  });

  it('asks nothing with --yes', async () => {
    const shop = makeShop();
    const { exitCode, stderr } = await shop.runTyping('no\n', 'init', '--yes');
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(existsSync(shop.backups)).toBe(true);
  });
});
