import { openSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { documentOf, keptFiles, runBinary, runCli } from '../support/cli.ts';
import { makeTempFolder } from '../support/sqlite.ts';
import { damage, Shop } from './shop.ts';

const confirmed = ['--clear-existing', '--confirm', 'app.db'];

/** Anything that a terminal would obey and not show. */
const control = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

describe('without a terminal', () => {
  it('prints the result on standard output, and a line for each finished phase on standard error', async () => {
    const shop = new Shop();
    const result = await shop.run('backup', 'first');
    expect(result.stdout.split('\n')).toEqual([
      `Saved ${path.join(shop.backups, 'first.json.gz')}`,
      expect.stringMatching(/^ {2}5 rows in 3 tables, \d.* B, in \d.*s, read back and verified$|KB/),
      expect.stringMatching(/^ {2}left out: view stock \(.*\)$/),
      'Next: holdfast show first',
      '',
    ]);
    expect(result.stderr).toBe('  reading: 5 rows\n  verifying: 5 rows\n');
  });

  it('uses neither colours nor a spinner', async () => {
    const shop = new Shop();
    const runs = [
      await shop.run('backup'),
      await shop.run('list'),
      await shop.run('show', 'latest'),
      await shop.run('validate', 'backup', 'latest'),
      await shop.run('restore', 'latest', ...confirmed),
      await shop.run('undo', '--dry-run'),
      await shop.run('restore', 'nowhere'),
      await shop.run('restore', '--help'),
    ];
    for (const { stdout, stderr } of runs) {
      expect(stdout).not.toMatch(control);
      expect(stderr).not.toMatch(control);
    }
  });

  it('asks nothing: a restore without consent shows its plan and exits 3', async () => {
    const shop = new Shop();
    await shop.backUp();
    shop.change(damage);
    const result = await shop.run('restore', 'latest', '--clear-existing');
    expect(result.exitCode).toBe(3);
    expect(result.stdout).toBe('');
    expect(result.stderr).toContain('products     Product         0       1       1          2');
    expect(result.stderr).toContain('--confirm app.db');
    expect(result.stderr).not.toContain('Type app.db');
  });
});

describe('at a terminal', () => {
  it('restores when the name of the database is typed', async () => {
    const shop = new Shop();
    await shop.backUp();
    shop.change(damage);
    const result = await shop.runTyping('app.db\n', 'restore', 'latest', '--clear-existing');
    expect(result.stderr).toContain('Type app.db to go on: ');
    expect(result.exitCode).toBe(0);
    expect(result.stdout).toContain('Restored backup-');
  });

  it.each(['', 'y', 'yes', 'APP.DB', 'app'])('restores nothing when %j is typed', async (answer) => {
    const shop = new Shop();
    await shop.backUp();
    shop.change(damage);
    const before = keptFiles(shop.folder);
    const result = await shop.runTyping(`${answer}\n`, 'restore', 'latest', '--clear-existing');
    expect(result.exitCode).toBe(3);
    expect(result.stderr).toContain('[RESTORE.CONSENT]');
    expect(keptFiles(shop.folder)).toEqual(before);
  });

  it.each([
    ['Ctrl+D', '\u0004'],
    ['Ctrl+C', '\u0003'],
    ['the end of the input', null],
  ])('takes %s for a no', async (_case, typed) => {
    const shop = new Shop();
    await shop.backUp();
    shop.change(damage);
    const before = keptFiles(shop.folder);
    const result = await shop.runTyping(typed, 'restore', 'latest', '--clear-existing');
    expect(result.exitCode).toBe(3);
    expect(result.stderr).toContain('[RESTORE.CONSENT]');
    expect(keptFiles(shop.folder)).toEqual(before);
  });

  it('never asks in a run for a program', async () => {
    const shop = new Shop();
    await shop.backUp();
    shop.change(damage);
    const result = await shop.runTyping('app.db\n', 'restore', 'latest', '--clear-existing', '--json');
    expect(result.exitCode).toBe(3);
    expect(documentOf(result)).toMatchObject({ ok: false, error: { code: 'RESTORE.CONSENT' } });
  });
});

describe('--quiet', () => {
  it('leaves standard error empty where all went well', async () => {
    const shop = new Shop();
    for (const argv of [
      ['backup'],
      ['list'],
      ['validate', 'backup', 'latest'],
      ['restore', 'latest', ...confirmed],
    ]) {
      const result = await shop.run(...argv, '--quiet');
      expect({ argv, exitCode: result.exitCode, stderr: result.stderr }).toEqual({
        argv,
        exitCode: 0,
        stderr: '',
      });
    }
  });

  it('still says what failed', async () => {
    const shop = new Shop();
    const result = await shop.run('show', 'latest', '--quiet');
    expect(result.exitCode).toBe(2);
    expect(result.stderr).toContain('[SNAPSHOT.NOT_FOUND]');
  });
});

describe('--verbose', () => {
  it('adds to an error where it came from', async () => {
    const shop = new Shop();
    const plain = await shop.run('show', 'latest');
    const verbose = await shop.run('show', 'latest', '--verbose');
    expect(plain.stderr).not.toContain('    at ');
    expect(verbose.stderr.startsWith(plain.stderr)).toBe(true);
    expect(verbose.stderr).toContain('    at ');
  });
});

describe('--help', () => {
  it.each([['backup'], ['list'], ['show'], ['validate', 'backup'], ['restore'], ['undo']])(
    'has examples for %s',
    async (...words) => {
      const result = await runCli([...words, '--help'], { cwd: makeTempFolder() });
      expect(result.exitCode).toBe(0);
      expect(result.stderr).toBe('');
      expect(result.stdout).toContain('--json');
      expect(result.stdout).toMatch(new RegExp(`\nExamples:\n {2}\\$ holdfast ${words.join(' ')}`));
    },
  );

  it('lists the commands where no command is given, as an error', async () => {
    const folder = makeTempFolder();
    const asked = await runCli(['--help'], { cwd: folder });
    const empty = await runCli([], { cwd: folder });
    expect(asked.exitCode).toBe(0);
    expect(asked.stdout).toMatch(/\n {2}restore +bring the rows of a snapshot back, all or nothing\n/);
    const restore = await runCli(['restore', '--help'], { cwd: folder });
    expect(restore.stdout).toContain('Usage: holdfast restore [options] <snapshot>');
    expect(empty.exitCode).toBe(2);
    expect(empty.stdout).toBe('');
    expect(empty.stderr).toContain(asked.stdout);
  });
});

describe('hostile names', () => {
  const hostile = 'evil\u001b[2Jtable\u202e\nname';
  const sql = `CREATE TABLE "${hostile}" (id INTEGER PRIMARY KEY, "col\u001b[31m" TEXT UNIQUE);
    INSERT INTO "${hostile}" VALUES (1, 'cell\u001b]0;title\u0007');
    CREATE VIEW "view\u001b[5m" AS SELECT 1;`;

  it('are shown, not obeyed, by every command', async () => {
    const shop = new Shop();
    shop.change(sql);
    const runs = [
      await shop.run('backup', '--description', '\u001b[1mbold', '--tag', '\u009b31m'),
      await shop.run('list'),
      await shop.run('show', 'latest'),
      await shop.run('show', 'latest', '--rows', hostile),
      await shop.run('restore', 'latest', '--dry-run', '--only', hostile),
      await shop.run('restore', 'latest', ...confirmed),
    ];
    shop.change(`UPDATE "${hostile}" SET "col\u001b[31m" = 'other'; DROP VIEW "view\u001b[5m"`);
    const failures = [
      await shop.run('restore', 'latest', '--verbose'),
      await shop.run('show', 'latest', '--rows', 'no\u001b[2J'),
      await shop.run('backup', 'x\u001b[2J'),
      await shop.run('list', '--dir', 'no\u0000where'),
      await shop.run('bad\u001b[2J'),
    ];
    expect(runs.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0, 0, 0, 0]);
    for (const { exitCode } of failures) expect(exitCode).toBe(2);
    for (const { stdout, stderr } of [...runs, ...failures]) {
      expect(stdout).not.toMatch(control);
      expect(stderr).not.toMatch(control);
    }
    expect(runs[2]!.stdout).toContain('evil\\u001b[2Jtable\\u202e\\u000aname');
  });

  it('reach a program unchanged', async () => {
    const shop = new Shop();
    shop.change(sql);
    const { snapshot } = documentOf(await shop.run('backup', '--json')) as {
      snapshot: { tables: { name: string }[] };
    };
    expect(snapshot.tables.map(({ name }) => name)).toContain(hostile);
  });
});

describe('the program itself', () => {
  it('exits with the code of the run, and keeps the streams apart', async () => {
    const shop = new Shop();
    const good = await runBinary(['backup', '--json'], { cwd: shop.folder, env: shop.env });
    const bad = await runBinary(['restore', 'latest', '--clear-existing'], {
      cwd: shop.folder,
      env: shop.env,
    });
    expect(good.exitCode).toBe(0);
    expect(good.stderr).toBe('');
    expect(documentOf(good)).toMatchObject({ command: 'backup', ok: true });
    expect(bad.exitCode).toBe(3);
    expect(bad.stdout).toBe('');
  });

  it.each([
    ['a result for a program', ['list', '--json']],
    ['a result for people', ['list']],
    ['help', ['--help']],
  ])('exits 2 when %s cannot be written', async (_case, argv) => {
    const shop = new Shop();
    const full = openSync('/dev/full', 'w');
    const result = await runBinary(argv, { cwd: shop.folder, env: shop.env, stdoutFile: full });
    expect(result.exitCode).toBe(2);
    expect(result.stderr).toContain('[FOLDER.IO]');
    expect(result.stderr).toContain('standard output');
  });
});
