import { buffer } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import type { UploadMemory } from '../../../src/ports/store.ts';
import { type DriveRig, openDriveRig, type RigOptions, unit } from '../../support/drive-rig.ts';
import { someBytes, sourceOf, uploadMemory } from '../../support/upload-source.ts';

const name = 'backup-2026-11-20T10-30-00Z.json.gz';
const small = someBytes(4096);
const large = someBytes(5 * unit + 1234, 2);

let rig: DriveRig;
afterEach(() => rig?.close());

async function open(options?: RigOptions): Promise<DriveRig> {
  rig = await openDriveRig(options);
  return rig;
}

/** As the retrying decorator does: again while the error may pass. */
async function putUntilDone(
  content: Buffer,
  memory: UploadMemory = uploadMemory(),
  tries = 4,
): Promise<number> {
  for (let count = 1; ; count++) {
    try {
      await rig.store.put(name, sourceOf(content), { memory });
      return count;
    } catch (error) {
      const { code } = error as { code?: string };
      if (!['STORE.LOST', 'STORE.UNREACHABLE', 'STORE.BUSY'].includes(code ?? '') || count === tries)
        throw error;
    }
  }
}

async function expectStoredOnce(content: Buffer): Promise<void> {
  const files = rig.fake.files.named(name);
  expect(files).toHaveLength(1);
  expect(files[0]!.content!.equals(content)).toBe(true);
  expect(rig.fake.files.named('Holdfast Backups')).toHaveLength(1);
}

describe('a small upload', () => {
  it('takes one request for the content', async () => {
    const { fake, store } = await open();
    await store.put(name, sourceOf(small));
    expect([fake.count('small upload'), fake.count('session')]).toEqual([1, 0]);
    await expectStoredOnce(small);
  });

  it('is stored once after cuts at any byte, and never before it is whole', async () => {
    const { fake, store } = await open();
    for (const atByte of [0, 1, 100, 400, 1000, 3000, 4095, 4500]) {
      fake.script({ on: 'small upload', does: 'cut request', atByte });
      const error = await store.put(name, sourceOf(small)).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'STORE.LOST' });
      expect(fake.files.named(name)).toEqual([]);
    }
    await store.put(name, sourceOf(small));
    await expectStoredOnce(small);
  });

  it.each([
    ['at once', {}],
    ['after three bytes', { atByte: 3 }],
  ])('is stored once when the answer is lost %s', async (_when, where) => {
    const { fake } = await open();
    fake.script({ on: 'small upload', does: 'lose answer', times: 2, ...where });
    expect(await putUntilDone(small)).toBeGreaterThan(1);
    await expectStoredOnce(small);
  });

  it('is stored once when the answer is lost and the search does not find the file yet', async () => {
    const { fake, store } = await open();
    const memory = uploadMemory();
    fake.script({ on: 'small upload', does: 'lose answer' });
    await expect(store.put(name, sourceOf(small), { memory })).rejects.toMatchObject({ code: 'STORE.LOST' });
    fake.script({ on: 'list', does: 'answer', status: 200, body: { files: [] } });
    await store.put(name, sourceOf(small), { memory });
    await expectStoredOnce(small);
  });

  it('would be stored twice without an id that is chosen beforehand', async () => {
    const { fake, store } = await open();
    fake.script({ on: 'small upload', does: 'lose answer' });
    await expect(store.put(name, sourceOf(small), { memory: uploadMemory() })).rejects.toThrow();
    fake.script({ on: 'list', does: 'answer', status: 200, body: { files: [] } });
    // Another memory knows nothing of the first attempt's id.
    await store.put(name, sourceOf(small), { memory: uploadMemory() });
    expect(fake.files.named(name)).toHaveLength(2);
  });
});

describe('a large upload', () => {
  it('goes on behind the last byte that arrived, after cuts within chunks and at their edges', async () => {
    const { fake, store } = await open();
    const cuts = [0, 1, unit - 1, unit / 2, unit, 700, unit];
    for (const atByte of cuts) fake.script({ on: 'chunk', does: 'cut request', atByte });
    let told = 0;
    await store.put(name, sourceOf(large), {
      advance: (bytes) => {
        told += bytes;
      },
    });
    expect(told).toBe(large.length);
    await expectStoredOnce(large);
    expect(fake.count('session')).toBe(1);
    expect(fake.count('question')).toBe(cuts.length);
  });

  it('is stored once when the answer to its last chunk is lost', async () => {
    const { fake } = await open();
    fake.script({ on: 'chunk', after: 5, does: 'lose answer' });
    await rig.store.put(name, sourceOf(large));
    await expectStoredOnce(large);
  });

  it('is stored once when the last answer is lost, and the session with it', async () => {
    const { fake } = await open();
    fake.script({ on: 'chunk', after: 5, does: 'lose answer' });
    fake.script({ on: 'question', does: 'call', call: () => fake.sessions.expireAll() });
    await rig.store.put(name, sourceOf(large));
    await expectStoredOnce(large);
  });

  it.each([404, 410])('begins anew when its session has ended with %i', async (status) => {
    const { fake } = await open();
    fake.script({ on: 'chunk', after: 2, does: 'answer', status });
    await rig.store.put(name, sourceOf(large));
    await expectStoredOnce(large);
    expect(fake.count('session')).toBe(2);
  });

  it('goes on after failures of the server', async () => {
    const { fake } = await open();
    fake.script({ on: 'chunk', after: 1, does: 'answer', status: 503, times: 2 });
    fake.script({ on: 'question', does: 'answer', status: 500 });
    await rig.store.put(name, sourceOf(large));
    await expectStoredOnce(large);
  });

  it('ends when nothing gets through, and goes on from there with what it remembers', async () => {
    const { fake, store } = await open();
    const memory = uploadMemory();
    fake.script({ on: 'chunk', after: 3, does: 'answer', status: 503, times: 100 });
    fake.script({ on: 'question', does: 'answer', status: 503, times: 100 });
    await expect(store.put(name, sourceOf(large), { memory })).rejects.toMatchObject({
      code: 'STORE.UNREACHABLE',
    });
    fake.clearFaults();
    const chunksBefore = fake.count('chunk');
    const other = rig.reopen().openStore();
    await other.put(name, sourceOf(large), { memory });
    await expectStoredOnce(large);
    expect(fake.count('session')).toBe(1);
    expect(fake.count('chunk') - chunksBefore).toBe(3);
    expect(memory.text).toBeNull();
  });

  it('asks to wait as long as Google says, and then goes on in the same session', async () => {
    const { fake, store } = await open();
    const memory = uploadMemory();
    fake.script({ on: 'chunk', after: 2, does: 'answer', status: 429, headers: { 'retry-after': '7' } });
    await expect(store.put(name, sourceOf(large), { memory })).rejects.toMatchObject({
      code: 'STORE.BUSY',
      retryAfterMs: 7000,
    });
    await store.put(name, sourceOf(large), { memory });
    await expectStoredOnce(large);
    expect(fake.count('session')).toBe(1);
  });

  it('forgets what it remembers of another content', async () => {
    const { fake, store } = await open();
    const memory = uploadMemory();
    fake.script({ on: 'chunk', after: 2, does: 'answer', status: 429 });
    await expect(store.put(name, sourceOf(large), { memory })).rejects.toThrow();
    const other = someBytes(large.length, 9);
    await store.put(name, sourceOf(other), { memory });
    await expectStoredOnce(other);
  });

  it('sends its token nowhere else, though the memory says so', async () => {
    const { fake, store } = await open();
    const memory = uploadMemory();
    fake.script({ on: 'chunk', after: 2, does: 'answer', status: 429 });
    await expect(store.put(name, sourceOf(large), { memory })).rejects.toThrow();
    memory.text = memory.text!.replace(fake.origin, 'http://127.0.0.1:9');
    await store.put(name, sourceOf(large), { memory });
    await expectStoredOnce(large);
    expect(fake.count('session')).toBe(2);
  });

  it('renews a token that ends on the way', async () => {
    const { fake } = await open();
    fake.script({ on: 'chunk', after: 2, does: 'call', call: () => fake.accounts.endAccessTokens() });
    await rig.store.put(name, sourceOf(large));
    await expectStoredOnce(large);
    expect(fake.count('token')).toBe(2);
  });

  it('keeps 9 MB that are cut five times', async () => {
    const content = someBytes(9_000_001, 4);
    const { fake, store } = await open();
    for (const after of [1, 5, 6, 7, 8])
      fake.script({ on: 'chunk', after, does: 'cut request', atByte: after * 7919 });
    await store.put(name, sourceOf(content));
    await expectStoredOnce(content);
  });
});

describe('the comparison after an upload', () => {
  it.each([
    ['small', small],
    ['large', large],
  ])('finds a %s file that Google holds otherwise, and removes it', async (_size, content) => {
    const { fake, store } = await open();
    fake.files.spoils = true;
    await expect(store.put(name, sourceOf(content))).rejects.toMatchObject({
      code: 'STORE.CHECKSUM',
      message: expect.stringContaining('it was removed there'),
    });
    expect(fake.files.named(name)).toEqual([]);
  });

  it('does not believe a wrong md5', async () => {
    const { fake, store } = await open();
    fake.files.liesAboutMd5 = true;
    await expect(store.put(name, sourceOf(small))).rejects.toMatchObject({ code: 'STORE.CHECKSUM' });
  });

  it('says so when the wrong file could not be removed', async () => {
    const { fake, store } = await open();
    fake.files.spoils = true;
    fake.script({ on: 'delete', does: 'answer', status: 503 });
    await expect(store.put(name, sourceOf(small))).rejects.toThrow('it could not be removed there');
  });

  it('is what finds it: without it a spoiled file passes', async () => {
    const { fake, store } = await open({ compares: false });
    fake.files.spoils = true;
    await store.put(name, sourceOf(small));
    expect(fake.files.named(name)[0]!.content!.equals(small)).toBe(false);
  });
});

describe('a download', () => {
  it('fails when the connection ends early, at any byte, and goes on from there', async () => {
    const { fake, store } = await open();
    await store.put(name, sourceOf(small));
    for (const atByte of [0, 1, 1000, 4095]) {
      fake.script({ on: 'download', does: 'lose answer', atByte });
      await expect(store.get(name).then(buffer)).rejects.toMatchObject({ code: 'STORE.LOST' });
      const rest = await buffer(await store.get(name, { start: atByte }));
      expect(rest.equals(small.subarray(atByte))).toBe(true);
    }
  });

  it('does not take the whole file for a part', async () => {
    const { fake, store } = await open();
    await store.put(name, sourceOf(small));
    fake.script({ on: 'download', does: 'answer', status: 200, body: { whole: 'file' } });
    await expect(store.get(name, { start: 9 })).rejects.toMatchObject({ code: 'STORE.LOST' });
  });

  it('reads a file of ours that Google takes for harmful', async () => {
    const { fake, store } = await open();
    await store.put(name, sourceOf(small));
    fake.files.named(name)[0]!.isFlagged = true;
    expect((await buffer(await store.get(name))).equals(small)).toBe(true);
  });
});

describe('the folder', () => {
  it('is made once, though the answer is lost', async () => {
    const { fake } = await open();
    fake.script({ on: 'create', does: 'lose answer', times: 2 });
    fake.script({ on: 'list', after: 1, does: 'answer', status: 200, body: { files: [] } });
    await putUntilDone(small);
    await expectStoredOnce(small);
  });

  it('is not made by looking', async () => {
    const { fake, store } = await open();
    expect([await store.list(), await store.stat(name)]).toEqual([[], null]);
    await store.delete(name);
    expect(fake.files.all.size).toBe(0);
  });

  it('is found where the person has moved it, and is never that of somebody else', async () => {
    const { fake, store } = await open();
    fake.files.add({ name: 'Holdfast Backups', mimeType: 'application/vnd.google-apps.folder' });
    await store.put(name, sourceOf(small));
    const own = fake.files.named('Holdfast Backups').filter(({ app }) => app === fake.accounts.clientId);
    expect(own).toHaveLength(1);
    Object.assign(own[0]!, { parents: ['some-other-folder'] });
    expect(await rig.reopen().openStore().stat(name)).toMatchObject({ name });
  });

  it('holds the older one of two files of one name, and delete removes both', async () => {
    const { fake, store } = await open();
    await store.put(name, sourceOf(small));
    const first = fake.files.named(name)[0]!;
    fake.files.add({
      ...first,
      id: 'later',
      created: '2030-01-01T00:00:00.000Z',
      content: Buffer.from('later'),
    });
    expect(await store.stat(name)).toMatchObject({ bytes: small.length });
    expect(await store.list()).toHaveLength(1);
    await store.delete(name);
    expect(fake.files.named(name)).toEqual([]);
  });

  it('is asked for in parts, and a part that is missing fails the list', async () => {
    const { fake, store } = await open();
    await store.put(name, sourceOf(small));
    fake.script({ on: 'list', does: 'answer', status: 200, body: { incompleteSearch: true, files: [] } });
    await expect(store.list()).rejects.toMatchObject({ code: 'STORE.BUSY' });
    fake.script({ on: 'list', does: 'answer', status: 200, body: {} });
    await expect(store.list()).rejects.toMatchObject({ code: 'STORE.BUSY' });
  });
});
