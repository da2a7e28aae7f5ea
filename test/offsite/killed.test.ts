import { readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeKeys } from '../support/age.ts';
import { documentOf, leftovers } from '../support/cli.ts';
import { type DriveRig, openDriveRig } from '../support/drive-rig.ts';
import { type HostileBench, openHostileS3 } from '../support/hostile-s3.ts';
import type { SeenRequest } from '../support/hostile-server.ts';
import { hasSwift, startSwift, swiftPackages } from '../support/swift.ts';
import { LargeShop } from './large-shop.ts';
import { contentOf } from './shop-with-targets.ts';

const keys = await makeKeys();
const name = 'one.json.gz.age';
const whole = [name, `${name}.meta.json`, `${name}.sha256`];
const memoryFile = /^\.holdfast-upload-/;

let shop: LargeShop;
beforeEach(() => {
  shop = new LargeShop();
  shop.env = { ...shop.env, BACKUP_ENCRYPTION_RECIPIENT: keys.recipient };
});

async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await isTrue())) {
    if (Date.now() > deadline) throw new Error('it did not come so far');
    await sleep(20);
  }
}

/** What a target holds of the snapshot, by name. */
type Objects = ReadonlyMap<string, Buffer>;

/** The copy is the file that is here, to the byte, and nothing else is there. */
function expectCopied(objects: Objects): void {
  expect([...objects.keys()].sort()).toEqual(whole);
  expect(objects.get(name)!.equals(Buffer.from(contentOf(shop.backups)[name]!, 'latin1'))).toBe(true);
}

/** The snapshot is here as if nothing had happened, and no run claims that it is there. */
async function expectHereOnly(): Promise<void> {
  expect(Object.keys(contentOf(shop.backups))).toEqual(whole);
  expect(leftovers(shop.backups)).toEqual([]);
  expect((await shop.run('validate', 'backup', 'one')).exitCode).toBe(0);
  const { runs } = documentOf(await shop.run('history', '--json')) as { runs: { result: string }[] };
  expect(runs.filter(({ result }) => result === 'succeeded')).toEqual([]);
}

function memories(): readonly string[] {
  return readdirSync(shop.backups).filter((file) => memoryFile.test(file));
}

describe('the program, ended in an upload to S3', () => {
  let bench: HostileBench;
  beforeEach(async () => {
    bench = await openHostileS3();
    shop.env = { ...shop.env, AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret' };
    const endpoint = bench.server.endpoint;
    shop.setTargets({ s3: { kind: 's3', bucket: 'bucket', endpoint, partSize: '5MiB', required: true } });
  });
  afterEach(() => bench.close());

  const places: Readonly<Record<string, (request: SeenRequest) => boolean>> = {
    'the first part': ({ query }) => query.get('partNumber') === '1',
    'the last part': ({ query }) => query.get('partNumber') === '3',
    'the completion': ({ method, query }) => method === 'POST' && query.has('uploadId'),
    'the checksum': ({ method, key }) => method === 'PUT' && key.endsWith('.sha256'),
    'the sidecar': ({ method, key }) => method === 'PUT' && key.endsWith('.meta.json'),
  };

  async function endAt(place: string, signal: NodeJS.Signals): Promise<{ exitCode: number; stderr: string }> {
    let isThere = false;
    bench.server.script = (request) => {
      if (!places[place]!(request)) return null;
      isThere = true;
      return { stall: true };
    };
    const run = shop.start(['backup', 'one']);
    await until(() => isThere);
    process.kill(run.pid, signal);
    const ended = await run.ended;
    bench.server.script = () => null;
    return ended;
  }

  const partsSince = (index: number): number =>
    bench.server.seen.slice(index).filter(({ query }) => query.has('partNumber')).length;

  it.each([
    ...Object.keys(places).map((place) => [place, 'SIGKILL'] as const),
    ['the last part', 'SIGINT'] as const,
  ])('at %s by %s, has lost nothing, and the next run makes one copy of it', async (place, signal) => {
    const ended = await endAt(place, signal);
    expect(ended.exitCode).toBe(signal === 'SIGINT' ? 130 : -1);
    if (signal === 'SIGINT') {
      expect(ended.stderr).toContain('the snapshot one is here, whole and verified [RUN.INTERRUPTED]');
    }
    await expectHereOnly();
    expect(bench.server.objects.has(whole[1]!)).toBe(false);
    const status = await shop.run('sync', 'status', '--json');
    expect(status.stdout).toContain('"state":"missing"');
    const seen = bench.server.seen.length;
    expect((await shop.start(['sync']).ended).exitCode).toBe(0);
    expectCopied(bench.server.objects);
    expect([bench.server.uploads.size, memories()]).toEqual([0, []]);
    // What had arrived is not sent again.
    const sent = { 'the first part': 3, 'the last part': 1 }[place] ?? 0;
    expect(partsSince(seen)).toBe(sent);
  });

  it('would send everything again, and still once, without what it remembers', async () => {
    await endAt('the last part', 'SIGKILL');
    expect(memories()).toHaveLength(1);
    rmSync(path.join(shop.backups, memories()[0]!));
    const seen = bench.server.seen.length;
    expect((await shop.start(['sync']).ended).exitCode).toBe(0);
    expect(partsSince(seen)).toBe(3);
    expectCopied(bench.server.objects);
    // What the upload that nobody remembers had left is aborted.
    expect(bench.server.uploads.size).toBe(0);
  });

  it('would pass for a copy if its sidecar went first', async () => {
    await shop.start(['backup', 'one']).ended;
    const { objects } = bench.server;
    objects.set(name, objects.get(name)!.subarray(0, 5_000_000));
    // The size that the sidecar says is what gives it away, and every byte of it.
    expect((await shop.run('sync', 'status')).stdout).toContain('missing');
    objects.set(name, Buffer.alloc(Buffer.from(contentOf(shop.backups)[name]!, 'latin1').length));
    expect((await shop.run('sync', 'status')).stdout).toContain('equal');
    expect((await shop.run('verify-remote')).exitCode).toBe(4);
  });
});

describe('the program, ended in an upload to Google Drive', () => {
  const program = fileURLToPath(new URL('../support/holdfast-on-fake-drive.mjs', import.meta.url));
  let rig: DriveRig;
  beforeEach(async () => {
    rig = await openDriveRig();
    shop.env = { ...shop.env, FAKE_DRIVE: rig.fake.origin };
    const [clientFile, tokenFile] = [`${rig.secrets}/client_secret.json`, `${rig.secrets}/token/drive.json`];
    shop.setTargets({ drive: { kind: 'drive', clientFile, tokenFile, required: true } });
  });
  afterEach(() => rig.close());

  async function endInChunk(signal: NodeJS.Signals): Promise<number> {
    rig.fake.script({ on: 'chunk', after: 1, does: 'stall' });
    const run = shop.start(['backup', 'one'], program);
    await until(() => rig.fake.count('chunk') === 2);
    process.kill(run.pid, signal);
    const { exitCode } = await run.ended;
    rig.fake.clearFaults();
    return exitCode;
  }

  const stored = (): Objects =>
    new Map(whole.flatMap((file) => rig.fake.files.named(file).map(({ content }) => [file, content!])));

  it.each(['SIGKILL', 'SIGINT'] as const)(
    'by %s, has lost nothing, and the next run goes on in the same session',
    async (signal) => {
      expect(await endInChunk(signal)).toBe(signal === 'SIGINT' ? 130 : -1);
      await expectHereOnly();
      expect([stored().size, memories()]).toEqual([0, [expect.anything()]]);
      expect((await shop.start(['sync'], program).ended).exitCode).toBe(0);
      // One session; two chunks of the first run, the second of which went nowhere, and one of this.
      expect([rig.fake.count('session'), rig.fake.count('chunk')]).toEqual([1, 3]);
      for (const file of whole) expect(rig.fake.files.named(file)).toHaveLength(1);
      expectCopied(stored());
      expect(memories()).toEqual([]);
    },
  );

  it('begins anew where the session has expired, and makes one file of it', async () => {
    await endInChunk('SIGKILL');
    rig.fake.sessions.expireAll();
    expect((await shop.start(['sync'], program).ended).exitCode).toBe(0);
    expect(rig.fake.count('session')).toBe(2);
    expect(rig.fake.files.named(name)).toHaveLength(1);
    expectCopied(stored());
  });

  it('would begin anew without what it remembers', async () => {
    await endInChunk('SIGKILL');
    rmSync(path.join(shop.backups, memories()[0]!));
    expect((await shop.start(['sync'], program).ended).exitCode).toBe(0);
    expect([rig.fake.count('session'), rig.fake.files.named(name).length]).toEqual([2, 1]);
  });
});

describe.skipIf(!hasSwift())(`ended in an upload to OpenStack Swift (needs: ${swiftPackages})`, () => {
  let swift: Awaited<ReturnType<typeof startSwift>>;
  beforeAll(async () => {
    swift = await startSwift();
    return () => swift.close();
  });

  it('goes on with the next run after kill -9', { timeout: 240_000 }, async () => {
    const { endpoint, bucket, credentials } = await swift.makeBucket();
    shop.env = {
      ...shop.env,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    };
    const target = { kind: 's3', endpoint, bucket, partSize: '5MiB', required: true };
    shop.setTargets({ s3: { ...target, maxBytesPerSecond: '4MB' } });
    const textOf = async (place: string) => (await swift.fetch(`${bucket}${place}`)).text();
    const run = shop.start(['backup', 'one']);
    await until(async () => {
      const id = /<UploadId>([^<]+)/.exec(await textOf('?uploads'))?.[1];
      return id !== undefined && (await textOf(`/${name}?uploadId=${id}`)).includes('<PartNumber>1');
    });
    process.kill(run.pid, 'SIGKILL');
    expect((await run.ended).signal).toBe('SIGKILL');
    await expectHereOnly();
    expect(await textOf('')).not.toContain(`<Key>${name}`);
    shop.setTargets({ s3: target });
    expect((await shop.start(['sync']).ended).exitCode).toBe(0);
    const objects = await Promise.all(
      whole.map(async (file): Promise<[string, Buffer]> => {
        const answer = await swift.fetch(`${bucket}/${file}`);
        return [file, Buffer.from(await answer.arrayBuffer())];
      }),
    );
    expectCopied(new Map(objects));
    expect(await textOf('?uploads')).not.toContain('<UploadId>');
    expect((await shop.run('verify-remote')).exitCode).toBe(0);
  });
});
