import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { Shop } from '../cli/shop.ts';
import { documentOf } from '../support/cli.ts';

const mine = Buffer.from([...Buffer.from('# m\xfcll'), 0xe4, 0x0a, ...Buffer.from('0 5 * * * x\\%\n')]);

let shop: Shop;
let spool: string;
const path0 = process.env['PATH'] ?? '';

/** A crontab program that keeps its table in a file, as the real one does in the spool. */
beforeEach(() => {
  shop = new Shop();
  spool = path.join(shop.folder, 'spool');
  const bin = path.join(shop.folder, 'bin');
  mkdirSync(bin);
  const script = `#!/bin/sh\nif [ "$1" = -l ]; then if [ -f ${spool} ]; then cat ${spool}; else echo "no crontab for you" >&2; exit 1; fi; else cat > ${spool}; fi\n`;
  writeFileSync(path.join(bin, 'crontab'), script);
  chmodSync(path.join(bin, 'crontab'), 0o755);
  process.env['PATH'] = `${bin}:${path0}`;
  return () => {
    process.env['PATH'] = path0;
  };
});

describe('holdfast schedule', () => {
  it('shows the change, and changes nothing without consent', async () => {
    writeFileSync(spool, mine);
    const result = await shop.run('schedule', 'install');
    expect(result.exitCode).toBe(3);
    expect(result.stderr).toContain(`+ # BEGIN holdfast ${shop.folder}`);
    expect(readFileSync(spool)).toEqual(mine);
    expect((await shop.runTyping('n\n', 'schedule', 'install')).exitCode).toBe(3);
    expect(readFileSync(spool)).toEqual(mine);
  });

  it('installs with consent, keeps the bytes of others, and takes its lines out again', async () => {
    writeFileSync(spool, mine);
    const installed = documentOf(await shop.run('schedule', 'install', '--yes', '--json'));
    expect(installed).toMatchObject({
      command: 'schedule install',
      ok: true,
      installed: true,
      current: true,
      changed: true,
    });
    expect(readFileSync(spool).subarray(0, mine.length)).toEqual(mine);
    expect(existsSync(shop.backups)).toBe(true);
    const again = documentOf(await shop.run('schedule', 'install', '--yes', '--json'));
    expect(again).toMatchObject({ changed: false });
    expect(
      documentOf(await shop.run('schedule', 'status', '--time-zone', 'Europe/Berlin', '--json')),
    ).toMatchObject({
      installed: true,
      current: false,
      zone: 'Europe/Berlin',
    });
    expect((await shop.runTyping('y\n', 'schedule', 'remove')).exitCode).toBe(0);
    expect(readFileSync(spool)).toEqual(mine);
  });

  it('begins a crontab where there was none', async () => {
    expect(documentOf(await shop.run('schedule', 'status', '--json'))).toMatchObject({
      installed: false,
      lines: [],
    });
    expect((await shop.run('schedule', 'install', '--yes')).exitCode).toBe(0);
    expect(readFileSync(spool, 'utf8')).toMatch(
      /^# BEGIN holdfast .*\n\* \* \* \* \* .*auto.*\n# END holdfast .*\n$/,
    );
  });

  it('says what to do where there is no cron', async () => {
    process.env['PATH'] = '/nowhere';
    const result = await shop.run('schedule', 'status');
    expect(result.exitCode).toBe(2);
    expect(result.stderr).toContain('holdfast schedule print --systemd');
  });
});
