import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { Shop } from '../cli/shop.ts';
import { projectFolder, runBinary } from '../support/cli.ts';
import { whyNoFastCron } from './fast-cron.ts';

const reason = whyNoFastCron();
if (reason !== null) process.stderr.write(`skipped: the real crontab, because ${reason}\n`);

/** Lines with bytes that are no UTF-8, percent signs, white space at both ends, and somebody else's block. */
const mine = Buffer.concat([
  Buffer.from('# m\xfcll\n', 'latin1'),
  Buffer.from('MAILTO=""\n0 5 * * * echo 100\\% done%input\n\n \t# mine \n@reboot /bin/true\n'),
  Buffer.from('# BEGIN holdfast /other\n* * * * * x\n# END holdfast /other\n'),
]);

/** A machine of its own in so far as its crontabs are concerned: those of this one are not touched. */
class CronSpool {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = path.join(folder, 'spool');
    mkdirSync(this.#folder);
  }

  run(command: string, argv: readonly string[], { cwd = '/', input = Buffer.alloc(0) } = {}) {
    const script = 'mount --bind "$0" /var/spool/cron/crontabs && exec "$@"';
    const { status, stderr } = spawnSync(
      'unshare',
      ['-m', 'sh', '-c', script, this.#folder, command, ...argv],
      { cwd, input, env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' } },
    );
    return { status, stderr: stderr.toString() };
  }

  /** The crontab of root, without the lines that the program crontab puts before it. */
  read(): string {
    const file = path.join(this.#folder, 'root');
    if (!existsSync(file)) return '';
    return readFileSync(file, 'latin1').replace(/^# DO NOT EDIT.*\n#.*\n#.*\n/, '');
  }
}

async function prepare() {
  const shop = new Shop();
  // Compiles the program.
  await runBinary(['list'], { cwd: shop.folder, env: shop.env });
  const spool = new CronSpool(shop.folder);
  const bin = path.join(projectFolder, 'bin/holdfast.js');
  const holdfast = (...argv: readonly string[]) =>
    spool.run(process.execPath, [bin, ...argv], { cwd: shop.folder });
  return { shop, spool, holdfast };
}

describe.skipIf(reason !== null && process.env['CI'] === undefined)('the real crontab', () => {
  it('has the lines after install, and every byte as it was after remove', async () => {
    expect(reason).toBeNull();
    const { shop, spool, holdfast } = await prepare();
    expect(holdfast('schedule', 'remove', '--yes').status).toBe(0);
    expect(spool.run('crontab', ['-'], { input: mine }).status).toBe(0);
    const before = spool.read();
    expect(before).toBe(mine.toString('latin1'));
    expect(holdfast('schedule', 'install')).toMatchObject({ status: 3 });
    expect(spool.read()).toBe(before);
    expect(holdfast('schedule', 'install', '--yes')).toMatchObject({ status: 0 });
    expect(spool.read().slice(0, before.length)).toBe(before);
    expect(spool.read()).toContain(`# BEGIN holdfast ${shop.folder}\n* * * * * umask 077; PATH=`);
    expect(holdfast('schedule', 'remove', '--yes')).toMatchObject({ status: 0 });
    expect(spool.read()).toBe(before);
  }, 60_000);

  it('keeps the carriage returns of others, or is not written', async () => {
    const { spool, holdfast } = await prepare();
    spool.run('crontab', ['-'], { input: Buffer.from('@reboot /bin/true\r\n# mine\r\n') });
    const before = spool.read();
    const { status, stderr } = holdfast('schedule', 'install', '--yes');
    expect(before).toContain('true\r\n');
    expect(spool.read().startsWith(before)).toBe(true);
    expect(status === 0 || stderr.includes('[SCHEDULE.CRONTAB]')).toBe(true);
  }, 60_000);
});
