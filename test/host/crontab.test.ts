import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  cronBlock,
  type ScheduledProgram,
  systemdUnits,
} from '../../src/operations/scheduling/cron-lines.ts';
import { blockOf, editCrontab } from '../../src/operations/scheduling/crontab-block.ts';
import { useTempFolder } from '../support/temp-folder.ts';

const program: ScheduledProgram = {
  node: '/usr/bin/node',
  bin: '/opt/holdfast/bin/holdfast.js',
  appFolder: '/srv/shop',
  options: [],
  logFile: '/srv/shop/backups/holdfast.log',
  searchPath: '/usr/bin:/bin',
};
const unitFolder = useTempFolder();
const logFile = path.join(useTempFolder(), "a 100% log's file");
const block = cronBlock(program);
const others =
  '# mine\nMAILTO=me\n\n0 5 * * * /bin/backup 100\\%\t\n# BEGIN holdfast /srv/other\n* * * * * x\n# END holdfast /srv/other\n';

describe('an edit of a crontab', () => {
  it.each(['', others, others.trimEnd(), '\n\n', '# BEGIN holdfast /srv/shop\n* * * * * torn\n'])(
    'keeps every other line byte for byte: %j',
    (crontab) => {
      const installed = editCrontab(crontab, '/srv/shop', block);
      expect(blockOf(installed, '/srv/shop')).toEqual(block);
      expect(installed.startsWith(crontab)).toBe(true);
      const removed = editCrontab(installed, '/srv/shop', null);
      const end = crontab === '' || crontab.endsWith('\n') ? '' : '\n';
      expect(removed).toBe(`${crontab}${end}`);
    },
  );

  it('replaces the former lines where they stand', () => {
    const installed = `${editCrontab(others, '/srv/shop', block)}# after\n`;
    const changed = editCrontab(
      installed,
      '/srv/shop',
      cronBlock({ ...program, options: ['--dir', '/mnt/b'] }),
    );
    expect(changed).toBe(installed.replace('--quiet', '--dir /mnt/b --quiet'));
    expect(editCrontab(changed, '/srv/shop', block)).toBe(installed);
  });
});

describe('the lines for cron', () => {
  it('name every path in full', () => {
    expect(block[1]).toBe(
      '* * * * * umask 077; PATH=/usr/bin:/bin /usr/bin/node /opt/holdfast/bin/holdfast.js auto --app /srv/shop --quiet >> /srv/shop/backups/holdfast.log 2>&1',
    );
  });

  it.each(["/srv/a b/it's", '/srv/100%/$HOME`id`', '/srv/"q"/\\n;rm', '/srv/ünïcode'])(
    'keep the shell from reading %s',
    (appFolder) => {
      const [, line] = cronBlock({
        ...program,
        node: '/usr/bin/printf',
        bin: '%s\\n',
        appFolder,
        logFile,
      });
      // What cron does with a line: five fields, then every escaped percent sign.
      const command = line!.split(' ').slice(5).join(' ').replaceAll('\\%', '%');
      execFileSync('/bin/sh', ['-c', command]);
      const words = readFileSync(logFile, 'utf8').trimEnd().split('\n');
      rmSync(logFile);
      expect(words).toEqual(['auto', '--app', appFolder, '--quiet']);
      expect(line!.replaceAll('\\%', '')).not.toContain('%');
    },
  );

  it('refuse a line break, which would begin a job of its own', () => {
    expect(() => cronBlock({ ...program, appFolder: '/srv/a\n* * * * * id' })).toThrow('line break');
  });
});

/** What systemd says of the two units; null where it is not installed. */
function verifyUnits(text: string): { status: number | null; stderr: string } | null {
  const timerAt = text.indexOf('# holdfast.timer');
  const files = [
    ['holdfast.service', text.slice(0, timerAt)],
    ['holdfast.timer', text.slice(timerAt)],
  ].map(([name, unit]) => {
    const file = path.join(unitFolder, name!);
    writeFileSync(file, unit!);
    return file;
  });
  const { status, stderr, error } = spawnSync('systemd-analyze', ['verify', ...files], { encoding: 'utf8' });
  return error === undefined ? { status, stderr } : null;
}

describe('the systemd units', () => {
  it('start the same program every minute', () => {
    const units = systemdUnits(program);
    expect(units).toContain(
      'ExecStart=/usr/bin/node /opt/holdfast/bin/holdfast.js auto --app /srv/shop --quiet',
    );
    expect(units).toContain('OnCalendar=minutely');
  });

  it.each(['/srv/shop', '/srv/50% of "it"', "/srv/it's $HOME"])(
    'are accepted by systemd, where it is installed, for %s',
    (appFolder) => {
      const units = systemdUnits({ ...program, node: '/bin/sh', appFolder });
      const verdict = verifyUnits(units);
      if (verdict === null) {
        process.stderr.write('not checked: systemd-analyze is not there\n');
        return;
      }
      expect(verdict).toEqual({ status: 0, stderr: '' });
      expect(verifyUnits(units.replace('Type=oneshot', 'Type=nonsense'))?.stderr).toContain('nonsense');
    },
  );

  it('keep special characters', () => {
    expect(systemdUnits({ ...program, appFolder: '/srv/50% of "it"' })).toContain(
      '--app "/srv/50%% of \\"it\\""',
    );
  });
});
