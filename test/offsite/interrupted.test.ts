import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { openUploadMemory } from '../../src/storage/local/upload-memory.ts';
import { projectFolder, runCli } from '../support/cli.ts';
import { openHostileS3, s3StoreAt } from '../support/hostile-s3.ts';
import { makeTempFolder } from '../support/sqlite.ts';
import { someBytes, sourceOf } from '../support/upload-source.ts';
import { contentOf, ShopWithTargets } from './shop-with-targets.ts';

describe('an upload that was interrupted', () => {
  it.each(['SIGKILL', 'SIGTERM'] as const)(
    'goes on in the next run where %s has ended it',
    async (signal) => {
      const bench = await openHostileS3();
      const folder = makeTempFolder();
      bench.server.script = ({ query }) => (query.get('partNumber') === '3' ? { stall: true } : null);
      const script = path.join(import.meta.dirname, 'upload-child.ts');
      const child = spawn(process.execPath, ['--import', 'tsx', script, bench.server.endpoint, folder], {
        cwd: projectFolder,
        stdio: 'inherit',
      });
      const ended = new Promise((resolve) => child.once('exit', resolve));
      while (!bench.server.seen.some(({ query }) => query.get('partNumber') === '3')) await sleep(10);
      child.kill(signal);
      await ended;
      expect([bench.server.objects.size, bench.server.uploads.size, readdirSync(folder).length]).toEqual([
        0, 1, 1,
      ]);
      bench.server.script = () => null;
      const before = bench.server.seen.length;
      const memory = openUploadMemory(folder, 's3', 'a.json.gz');
      await s3StoreAt(bench.server.endpoint, 1000).put('a.json.gz', sourceOf(someBytes(3500)), { memory });
      const parts = bench.server.seen.slice(before).map(({ query }) => query.get('partNumber'));
      expect(parts.filter((part) => part !== null)).toEqual(['3', '4']);
      expect(bench.server.objects.get('a.json.gz')?.equals(someBytes(3500))).toBe(true);
      expect([bench.server.objects.size, bench.server.uploads.size, readdirSync(folder).length]).toEqual([
        1, 0, 0,
      ]);
      await bench.close();
    },
  );

  it('leaves the snapshot here and says that it was stopped, and the next sync copies it', async () => {
    const shop = new ShopWithTargets();
    const bench = await openHostileS3();
    const s3 = {
      kind: 's3',
      bucket: 'bucket',
      endpoint: bench.server.endpoint,
      required: true,
      allowUnencrypted: true,
    };
    shop.setTargets({ s3 });
    shop.env = { ...shop.env, AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'canary-secret' };
    const controller = new AbortController();
    bench.server.script = ({ method }) => {
      if (method !== 'PUT') return null;
      controller.abort(new Error('stopped by SIGINT'));
      return { stall: true };
    };
    const surroundings = { cwd: shop.folder, env: shop.env, signal: controller.signal };
    const stopped = await runCli(['backup', 'one', '--json'], surroundings);
    expect([stopped.exitCode, bench.server.objects.size]).toEqual([130, 0]);
    expect(Object.keys(contentOf(shop.backups))).toHaveLength(3);
    bench.server.script = () => null;
    const result = await shop.run('sync');
    expect([result.exitCode, [...bench.server.objects.keys()].sort()]).toEqual([
      0,
      ['one.json.gz', 'one.json.gz.meta.json', 'one.json.gz.sha256'],
    ]);
    for (const text of [
      stopped.stdout,
      stopped.stderr,
      result.stdout,
      ...Object.values(contentOf(shop.backups)),
    ]) {
      expect(text).not.toContain('canary-secret');
    }
    await bench.close();
  });
});
