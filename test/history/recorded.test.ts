import { readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { SMTPServer } from 'smtp-server';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HistoryResult } from '../../src/operations/history.ts';
import type { HistoryRun } from '../../src/ports/history.ts';
import { Shop } from '../cli/shop.ts';
import { answer, HttpSink } from '../notify/sinks.ts';
import { documentOf } from '../support/cli.ts';

let shop: Shop;
let sink: HttpSink;
beforeEach(async () => {
  shop = new Shop();
  sink = await HttpSink.open();
});
afterEach(() => sink.close());

async function runs(...argv: readonly string[]): Promise<readonly HistoryRun[]> {
  const document = documentOf(await shop.run('history', '--json', ...argv));
  return (document as unknown as HistoryResult).runs;
}

/** Names the sink as webhook and heartbeat of the shop. */
function setChannels(extra: object = {}): void {
  shop.env = { ...shop.env, HOOK: `${sink.origin}/hook/very-secret-token`, BEAT: `${sink.origin}/beat/0b5d` };
  const notifications = {
    webhook: { name: 'ops', url: { env: 'HOOK' } },
    heartbeat: { url: { env: 'BEAT' } },
    ...extra,
  };
  writeFileSync(path.join(shop.folder, 'holdfast.config.json'), JSON.stringify({ notifications }));
}

interface Message {
  readonly kind: string;
  readonly command: string;
  readonly errorCode: string | null;
  readonly error: string | null;
  readonly count: number;
  readonly text: string;
}

function messages(): readonly Message[] {
  const hooks = sink.received.filter((one) => one.path.startsWith('/hook'));
  return hooks.map(({ body }) => JSON.parse(body) as Message);
}

function beats(): readonly string[] {
  return sink.received.filter((one) => one.path.startsWith('/beat')).map((one) => one.path);
}

function loseDatabase(): () => void {
  renameSync(shop.file, `${shop.file}.away`);
  return () => renameSync(`${shop.file}.away`, shop.file);
}

describe('the history', () => {
  it('holds every run that changes something, with tables, rows, size and who', async () => {
    const name = path.basename(await shop.backUp(), '.json.gz');
    shop.change(`UPDATE products SET name = 'Bolt, bent' WHERE id = 2; DELETE FROM order_lines WHERE id = 1`);
    const confirm = ['--clear-existing', '--confirm', 'app.db'];
    expect((await shop.run('restore', 'latest', ...confirm)).exitCode).toBe(0);
    expect((await shop.run('undo', '--confirm', 'app.db')).exitCode).toBe(0);
    const [undo, restore, backup] = await runs();
    expect(backup).toMatchObject({
      command: 'backup',
      result: 'succeeded',
      snapshot: name,
      rows: 5,
      tables: 3,
    });
    expect(backup!.database).toBe(shop.file);
    expect(backup!.bytes).toBe(statSync(path.join(shop.backups, `${name}.json.gz`)).size);
    expect(backup!.details).toEqual({
      tables: [
        { table: 'audit', rows: 0 },
        { table: 'order_lines', rows: 2 },
        { table: 'products', rows: 3 },
      ],
    });
    expect(restore).toMatchObject({
      command: 'restore',
      subject: 'latest',
      snapshot: name,
      rows: 2,
      tables: 2,
    });
    expect(restore).toMatchObject({ result: 'succeeded', database: shop.file });
    expect(undo).toMatchObject({ command: 'undo', result: 'succeeded', rows: 2 });
    expect(restore!.who).toMatch(/^.+@.+$/);
    expect(Date.parse(restore!.finished!) - Date.parse(restore!.started)).toBe(restore!.durationMs);
  });

  it('holds failures with their error, and what was declined as declined', async () => {
    await shop.backUp();
    expect((await shop.run('restore', 'latest', '--clear-existing')).exitCode).toBe(3);
    const bringBack = loseDatabase();
    expect((await shop.run('backup')).exitCode).toBe(2);
    bringBack();
    expect(await runs('--limit', '2')).toMatchObject([
      { command: 'backup', result: 'failed', error: { code: 'DATABASE.NOT_FOUND' }, snapshot: null },
      { command: 'restore', result: 'declined', error: { code: 'RESTORE.CONSENT' } },
    ]);
    expect(await runs('--result', 'failed', '--since', '1h')).toHaveLength(1);
  });

  it('holds the change of the crontab that was declined', async () => {
    expect((await shop.run('schedule', 'install')).exitCode).toBe(3);
    expect(await runs()).toMatchObject([
      { command: 'schedule install', result: 'declined', error: { code: 'CONSENT.MISSING' } },
    ]);
  });

  it('stays bounded by a setting', async () => {
    shop.env = { ...shop.env, HOLDFAST_HISTORY_DAYS: '0' };
    const { exitCode, stderr } = await shop.run('backup');
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining("'HOLDFAST_HISTORY_DAYS'")]);
  });

  it('holds nothing of runs that only look', async () => {
    await shop.backUp();
    for (const words of [
      'list',
      'show latest',
      'validate backup latest',
      'restore latest --dry-run',
      'history',
    ])
      await shop.run(...words.split(' '));
    expect((await runs()).map(({ command }) => command)).toEqual(['backup']);
  });

  it('says that there is none yet, and makes none', async () => {
    const { exitCode, stdout } = await shop.run('history');
    expect([exitCode, stdout]).toEqual([0, `No runs yet in ${path.join(shop.backups, 'history.db')}\n`]);
    expect(readdirSync(shop.folder)).not.toContain('backups');
  });

  it('never stops a backup when it is damaged, and begins anew', async () => {
    await shop.backUp();
    writeFileSync(path.join(shop.backups, 'history.db'), 'garbage');
    const { exitCode, stderr } = await shop.run('backup', '--quiet');
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(
      /Warning: The history .* is damaged .* It is kept as .*broken-.*, and a new one begins/,
    );
    expect(await runs()).toHaveLength(1);
  });

  it('never touches the database of the application, though it was named as the history', async () => {
    shop.env = { ...shop.env, HOLDFAST_HISTORY_PATH: shop.file };
    const before = readFileSync(shop.file);
    const { exitCode, stderr } = await shop.run('backup', '--quiet');
    expect(exitCode).toBe(0);
    expect(stderr).toContain('it is a database of something else, and was not touched');
    expect(readFileSync(shop.file).equals(before)).toBe(true);
    expect((await shop.run('history')).exitCode).toBe(2);
  });

  it('can be read by spreadsheets without running anything', async () => {
    await shop.backUp();
    await shop.run('restore', '=cmd()', '--clear-existing', '--confirm', 'app.db');
    const { stdout } = await shop.run('history', '--csv');
    const lines = stdout.split('\r\n');
    expect(lines[0]).toMatch(/^run,command,subject,who,started/);
    expect(lines[1]).toMatch(/^[0-9a-f]{16},restore,'=cmd\(\),/);
    expect(lines.at(-1)).toBe('');
    expect(lines).toHaveLength(4);
  });

  it('counts with --stats', async () => {
    for (const name of ['one', 'two', 'three']) await shop.backUp(name);
    const bringBack = loseDatabase();
    await shop.run('backup');
    bringBack();
    const { stats } = documentOf(await shop.run('history', '--stats', '--json')) as unknown as HistoryResult;
    expect(stats).toMatchObject([
      { command: 'backup', runs: 4, results: { succeeded: 3, failed: 1 }, successRate: 0.75 },
    ]);
    expect((await shop.run('history', '--stats')).stdout).toMatch(/backup +4 +75\.0 %/);
  });

  it.each([
    ['--since', '2026-02-30'],
    ['--since', 'yesterday'],
    ['--limit', '0'],
    ['--result', 'good'],
  ])('refuses %s %s', async (flag, value) => {
    expect((await shop.run('history', flag, value)).exitCode).toBe(2);
  });
});

describe('the channels', () => {
  it('are told of a failure once, and of its end', async () => {
    setChannels();
    const bringBack = loseDatabase();
    for (let night = 0; night < 3; night++) expect((await shop.run('backup')).exitCode).toBe(2);
    bringBack();
    for (let night = 0; night < 2; night++) expect((await shop.run('backup')).exitCode).toBe(0);
    expect(messages().map(({ kind, count }) => [kind, count])).toEqual([
      ['failure', 1],
      ['recovery', 3],
    ]);
    expect(messages()[0]).toMatchObject({ command: 'backup', errorCode: 'DATABASE.NOT_FOUND' });
    expect(beats()).toEqual([
      ...Array.from({ length: 3 }, () => ['/beat/0b5d/start', '/beat/0b5d/fail']).flat(),
      ...Array.from({ length: 2 }, () => ['/beat/0b5d/start', '/beat/0b5d']).flat(),
    ]);
  });

  it('do not change the outcome when they fail, and that stands in the history', async () => {
    setChannels();
    sink.answers = Array.from({ length: 9 }, () => answer(403, 'no'));
    const { exitCode, stderr } = await shop.run('backup', '--quiet');
    expect(exitCode).toBe(0);
    expect(stderr).toContain('The success message did not get through by heartbeat: HTTP 403: no');
    const [run] = await runs();
    expect(run).toMatchObject({ result: 'succeeded' });
    expect(run!.deliveries).toEqual([
      { channel: 'heartbeat', what: 'start', ok: false, message: 'HTTP 403: no' },
      { channel: 'heartbeat', what: 'success', ok: false, message: 'HTTP 403: no' },
    ]);
    expect(stderr + JSON.stringify(run)).not.toContain('secret');
  });

  it('are all reported when all of them fail, whether the backup succeeds or not', async () => {
    const mailServer = new SMTPServer({
      ...{ authOptional: true, disabledCommands: ['STARTTLS'], closeTimeout: 100 },
      onMailFrom: (_address, _session, done) => done(new Error('the box is full')),
    });
    await new Promise<void>((resolve) => mailServer.listen(0, '127.0.0.1', resolve));
    const { port } = mailServer.server.address() as AddressInfo;
    const mail = { host: 'localhost', port, security: 'none', from: 'a@example.com', to: 'b@example.com' };
    setChannels({ mail });
    sink.answers = Array.from({ length: 20 }, () => answer(403));
    const bringBack = loseDatabase();
    const failed = await shop.run('backup', '--quiet');
    bringBack();
    const succeeded = await shop.run('backup', '--quiet');
    await new Promise<void>((resolve) => mailServer.close(resolve));
    expect([failed.exitCode, succeeded.exitCode]).toEqual([2, 0]);
    const [good, bad] = await runs();
    expect(bad!.deliveries.map(({ channel, what, ok }) => [channel, what, ok])).toEqual([
      ['heartbeat', 'start', false],
      ['webhook ops', 'failure', false],
      ['mail', 'failure', false],
      ['heartbeat', 'fail', false],
    ]);
    for (const { channel, what } of bad!.deliveries) {
      expect(failed.stderr).toContain(`Warning: The ${what} message did not get through by ${channel}: `);
    }
    expect(failed.stderr).toContain('the box is full');
    // The failure was told to nobody, so its end is told to nobody.
    expect(good!.deliveries.map(({ what }) => what)).toEqual(['start', 'success']);
  });

  it('hear of a failure again when the first message did not get through', async () => {
    setChannels();
    const bringBack = loseDatabase();
    sink.answers = Array.from({ length: 3 }, () => answer(403));
    await shop.run('backup');
    expect(messages()).toHaveLength(1);
    await shop.run('backup');
    await shop.run('backup');
    bringBack();
    expect(messages().map(({ kind, count }) => [kind, count])).toEqual([
      ['failure', 1],
      ['failure', 2],
    ]);
  });

  it('get no row of the application, though an error quotes one', async () => {
    setChannels();
    await shop.backUp();
    shop.change(`UPDATE products SET sku = 'X-customer-secret' WHERE id = 1`);
    const failed = await shop.run('restore', 'latest', '--confirm', 'app.db');
    expect(failed.exitCode).toBe(2);
    const [message] = messages();
    expect(message).toMatchObject({ kind: 'failure', command: 'restore', errorCode: 'RESTORE.CONFLICT' });
    expect(message!.error).toBe('The whole message stands in the log of the run and in holdfast history');
    const [run] = await runs('--command', 'restore');
    expect(run!.error!.message).not.toBe(message!.error);
  });

  it('that cannot be used are a warning, and no backup is missed', async () => {
    setChannels({ webhook: { url: { env: 'NOT_THERE' } }, pigeon: {} });
    const { exitCode, stderr } = await shop.run('backup', '--quiet');
    expect(exitCode).toBe(0);
    expect(stderr).toContain('url is named by NOT_THERE, which is not set');
    expect(stderr).toContain("'notifications.pigeon' in holdfast.config.json is unknown");
  });

  it('hear of what a check has found once, and of its end', async () => {
    setChannels();
    const file = await shop.backUp();
    const good = readFileSync(file);
    writeFileSync(file, Buffer.from(good).fill(0, 200, 260));
    for (let hour = 0; hour < 2; hour++)
      expect((await shop.run('validate', 'backup', 'latest')).exitCode).toBe(4);
    writeFileSync(file, good);
    for (let hour = 0; hour < 2; hour++)
      expect((await shop.run('validate', 'backup', 'latest')).exitCode).toBe(0);
    expect(messages().map(({ kind, command }) => [kind, command])).toEqual([
      ['findings', 'validate backup'],
      ['recovery', 'validate backup'],
    ]);
  });
});

describe('notify test', () => {
  it('sends one message of each kind through every channel', async () => {
    setChannels();
    const result = await shop.run('notify', 'test');
    expect(result.exitCode).toBe(0);
    expect(messages().map(({ kind }) => kind)).toEqual(['failure', 'recovery', 'findings']);
    for (const { text } of messages()) expect(text).toContain('This is a test; nothing has happened');
    expect(beats()).toEqual(['/beat/0b5d/start', '/beat/0b5d/fail', '/beat/0b5d']);
    expect(result.stdout).toContain('All 6 messages got through');
    expect(result.stdout).not.toContain('secret');
  });

  it('exits 4 and names what did not get through', async () => {
    setChannels({
      mail: { host: 'localhost', from: 'a@example.com', to: 'b@example.com', port: 1, on: ['failure'] },
    });
    const result = await shop.run('notify', 'test', '--json');
    expect(result.exitCode).toBe(4);
    const { ok, deliveries } = documentOf(result) as {
      ok: boolean;
      deliveries: { channel: string; ok: boolean }[];
    };
    expect(ok).toBe(false);
    expect([...new Set(deliveries.filter((one) => !one.ok).map(({ channel }) => channel))]).toEqual(['mail']);
  }, 120_000);

  it('says how to name a channel where there is none', async () => {
    const { exitCode, stderr } = await shop.run('notify', 'test');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('There is no channel to test');
  });
});
