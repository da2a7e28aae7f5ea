import { rmSync } from 'node:fs';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { S3Settings } from '../../../src/ports/offsite.ts';
import { openS3Store } from '../../../src/storage/s3/store.ts';
import { ShopWithTargets } from '../../offsite/shop-with-targets.ts';
import { filesOf } from '../../support/cli.ts';
import { digestSqlite } from '../../support/sqlite.ts';
import { describeStore } from '../../support/store-contract.ts';
import { hasSwift, type Swift, startSwift, swiftPackages } from '../../support/swift.ts';
import { someBytes, sourceOf, uploadMemory } from '../../support/upload-source.ts';

const now = () => new Date();
const mebibyte = 1024 * 1024;

if (!hasSwift() && process.env['CI'] !== undefined) throw new Error(`apt-get install ${swiftPackages}`);

describe.skipIf(!hasSwift())(`S3 on OpenStack Swift (needs: apt-get install ${swiftPackages})`, () => {
  let swift: Swift;
  beforeAll(async () => {
    swift = await startSwift();
  });
  afterAll(() => swift?.close());

  const open = (settings: S3Settings, pageObjects?: number) =>
    openS3Store({ name: 's3', settings, now, ...(pageObjects === undefined ? {} : { pageObjects }) });

  describeStore('s3', async () => {
    const settings = await swift.makeBucket({ prefix: 'shop/nightly/' });
    return {
      store: open(settings, 4),
      largeBytes: 11 * mebibyte,
      manyObjects: 9,
      async plantForeign() {
        const places = [
          'other.json.gz',
          'shop/nightly/notes.txt',
          'shop/nightly/below/x.json.gz',
          'shop/nightly/a%20b.json',
        ];
        for (const place of places)
          await swift.fetch(`${settings.bucket}/${place}`, { method: 'PUT', body: 'x' });
        return async () => {
          const answers = await Promise.all(
            places.map((place) => swift.fetch(`${settings.bucket}/${place}`, { method: 'HEAD' })),
          );
          return answers.every((answer) => answer.ok);
        };
      },
      close: async () => undefined,
    };
  });

  it('sends only the parts again that did not arrive, and leaves no upload behind', async () => {
    const settings = await swift.makeBucket();
    const [store, memory, content] = [open(settings), uploadMemory(), someBytes(13 * mebibyte)];
    const source = sourceOf(content);
    const controller = new AbortController();
    let sent = 0;
    const advance = (bytes: number): void => {
      sent += bytes;
      if (sent > 6 * mebibyte) controller.abort(new Error('power cut'));
    };
    await expect(
      store.put('a.json.gz', source, { memory, advance, signal: controller.signal }),
    ).rejects.toThrow('power cut');
    expect(await store.stat('a.json.gz')).toBeNull();
    expect(memory.text).not.toBeNull();
    const uploads = async () => (await swift.fetch(`${settings.bucket}?uploads`)).text();
    expect(await uploads()).toContain('<Key>a.json.gz</Key>');
    const steps: number[] = [];
    await store.put('a.json.gz', source, { memory, advance: (bytes) => steps.push(bytes) });
    expect(steps[0]).toBe(5 * mebibyte);
    expect(steps.reduce((sum, bytes) => sum + bytes, 0)).toBe(content.length);
    expect(await uploads()).not.toContain('<Key>');
  });

  it('aborts what a dead run has begun under the same name', async () => {
    const settings = await swift.makeBucket();
    await swift.fetch(`${settings.bucket}/a.json.gz?uploads=`, { method: 'POST' });
    await swift.fetch(`${settings.bucket}/ab.json.gz?uploads=`, { method: 'POST' });
    await open(settings).put('a.json.gz', sourceOf(someBytes(6 * mebibyte)));
    const left = await (await swift.fetch(`${settings.bucket}?uploads`)).text();
    expect([...left.matchAll(/<Key>(.*?)<\/Key>/g)].map((match) => match[1])).toEqual(['ab.json.gz']);
  });

  it.each<[string, Partial<S3Settings>, string, RegExp]>([
    [
      'a wrong secret',
      { credentials: { accessKeyId: 'test:tester', secretAccessKey: 'no', sessionToken: null } },
      'STORE.AUTHENTICATION',
      /secret key is wrong/,
    ],
    [
      'an unknown key',
      { credentials: { accessKeyId: 'x:y', secretAccessKey: 'no', sessionToken: null } },
      'STORE.AUTHENTICATION',
      /key is (not known|wrong)/,
    ],
    ['a missing bucket', { bucket: 'no-such-bucket' }, 'STORE.SETTING', /no such bucket/],
    ['a server that is not there', { endpoint: 'http://127.0.0.1:1' }, 'STORE.UNREACHABLE', /refused/],
  ])('explains %s', async (_what, more, code, message) => {
    const store = open(await swift.makeBucket().then((settings) => ({ ...settings, ...more })));
    const failed = store.list();
    await expect(failed).rejects.toMatchObject({ code });
    await expect(failed).rejects.toThrow(message);
  });

  it('explains a clock that is wrong', async () => {
    const settings = await swift.makeBucket();
    const store = openS3Store({ name: 's3', settings, now: () => new Date('2020-01-01T00:00:00Z') });
    await expect(store.list()).rejects.toThrow(/clock of this machine/);
  });

  it('gives back an empty database what was lost, and shows its secret nowhere', async () => {
    const { endpoint, bucket } = await swift.makeBucket();
    const shop = new ShopWithTargets();
    shop.setTargets({
      s3: { kind: 's3', endpoint, bucket, prefix: 'shop', required: true, allowUnencrypted: true },
    });
    shop.env = { ...shop.env, AWS_ACCESS_KEY_ID: 'test:tester', AWS_SECRET_ACCESS_KEY: 'testing' };
    shop.change('DROP VIEW stock');
    const said: string[] = [];
    const run = async (...argv: readonly string[]): Promise<number> => {
      const { exitCode, stdout, stderr } = await shop.run(...argv, '--verbose');
      said.push(stdout, stderr);
      return exitCode;
    };
    expect(await run('backup', 'one')).toBe(0);
    expect(await run('verify-remote')).toBe(0);
    said.push(...filesOf(shop.folder).values());
    const before = digestSqlite(shop.file);
    rmSync(shop.backups, { recursive: true });
    rmSync(shop.file);
    new Database(shop.file).close();
    expect(await run('list', '--all')).toBe(0);
    expect(await run('restore', 's3:latest', '--create-schema')).toBe(0);
    expect(digestSqlite(shop.file)).toEqual(before);
    shop.env = { ...shop.env, AWS_SECRET_ACCESS_KEY: 'testing-wrong' };
    expect(await run('sync')).toBe(2);
    said.push(...filesOf(shop.folder).values());
    expect(said.filter((text) => text.includes('testing'))).toEqual([]);
  });
});
