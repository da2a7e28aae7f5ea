import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { cutEverywhere } from '../../support/cut-positions.ts';
import { type HostileBench, openHostileS3 } from '../../support/hostile-s3.ts';
import type { Script, SeenRequest, Trick } from '../../support/hostile-server.ts';
import { someBytes, sourceOf } from '../../support/upload-source.ts';

const name = 'a.json.gz';
const content = someBytes(3500);

/** What a request is for: parts and their completion have names of their own. */
function kindOf({ method, query }: SeenRequest): string {
  if (query.has('partNumber')) return 'PART';
  return query.has('uploadId') && method === 'POST' ? 'COMPLETE' : method;
}

/** Plays the tricks on the requests of a kind, in turn; from then on all goes well. */
function onTurn(kind: string, tricks: readonly Trick[]): Script {
  let turn = 0;
  return (request) => (kindOf(request) === kind ? (tricks[turn++] ?? null) : null);
}

function always(kind: string, trick: Trick): Script {
  return (request) => (kindOf(request) === kind ? trick : null);
}

const slowDown = { status: 503, body: '<Error><Code>SlowDown</Code><Message>m</Message></Error>' };
const otherTag = (headers: Record<string, string>) => ({ ...headers, etag: `"${'0'.repeat(32)}"` });
const spoil = (body: Buffer): Buffer => {
  const changed = Buffer.from(body);
  if (changed.length > 0) changed[changed.length >> 1]! ^= 1;
  return changed;
};

describe('S3 on a hostile server', () => {
  let bench: HostileBench;
  beforeAll(async () => {
    bench = await openHostileS3();
  });
  afterAll(() => bench?.close());
  beforeEach(() => {
    bench.server.script = () => null;
    bench.server.objects.clear();
    (bench.server.uploads as Map<string, unknown>).clear();
  });

  it.each<[string, Script]>([
    ['a part that is cut', onTurn('PART', [{ cutRequestAt: 100 }, { cutRequestAt: 999 }])],
    ['a part whose answer is lost', onTurn('PART', [{ loseAnswer: true }])],
    ['a store that is busy', onTurn('PART', [slowDown, slowDown])],
    ['a completion whose answer is lost', onTurn('COMPLETE', [{ loseAnswer: true }])],
    [
      'an error that comes with status 200',
      onTurn('COMPLETE', [{ status: 200, body: '<Error><Code>InternalError</Code></Error>' }]),
    ],
    ['an answer that is cut', onTurn('COMPLETE', [{ cutAnswerAt: 30 }])],
    ['a stall', onTurn('PART', [{ stall: true }])],
    [
      'an upload that was aborted behind our back',
      onTurn('PART', [
        { cutRequestAt: 0 },
        { status: 404, body: '<Error><Code>NoSuchUpload</Code></Error>' },
      ]),
    ],
    [
      'bytes that were changed on the way, and noticed',
      onTurn('PART', [{ status: 400, body: '<Error><Code>BadDigest</Code></Error>' }]),
    ],
  ])('gets over %s', async (what, script) => {
    bench.server.script = script;
    const stored = bench.store.put(name, sourceOf(content));
    if (what.includes('behind our back'))
      await expect(stored).rejects.toMatchObject({ code: 'STORE.NOT_FOUND' });
    else await stored;
    bench.server.script = () => null;
    await bench.store.put(name, sourceOf(content));
    expect(bench.server.objects.get(name)?.equals(content)).toBe(true);
    expect([bench.server.objects.size, bench.server.uploads.size]).toEqual([1, 0]);
  });

  it('sends a part again, and not those that had arrived', async () => {
    const before = bench.server.seen.length;
    bench.server.script = onTurn('PART', [{}, {}, { cutRequestAt: 100 }]);
    await bench.store.put(name, sourceOf(content));
    const parts = bench.server.seen.slice(before).filter(({ query }) => query.has('partNumber'));
    expect(parts.map(({ query }) => query.get('partNumber'))).toEqual(['1', '2', '3', '3', '4']);
  });

  it.each<[string, number, Script]>([
    ['whole, and a digest that is not theirs', 500, always('PUT', { changeHeaders: otherTag })],
    ['in parts, and a digest that is not theirs', 3500, always('PART', { changeHeaders: otherTag })],
    ['whole, and other bytes stored', 500, always('PUT', { changeBody: spoil })],
    ['in parts, and other bytes stored', 3500, always('PART', { changeBody: spoil })],
    ['whole, and fewer bytes stored', 500, always('PUT', { changeBody: (body) => body.subarray(1) })],
    [
      'whole, and the object of another size',
      500,
      always('HEAD', {
        changeHeaders: (headers) =>
          headers['content-length'] === undefined ? headers : { ...headers, 'content-length': '7' },
      }),
    ],
  ])('is never a success: %s', async (_what, length, script) => {
    bench.server.script = script;
    const stored = bench.store.put(name, sourceOf(someBytes(length)));
    await expect(stored).rejects.toMatchObject({ code: 'STORE.CHECKSUM' });
    expect([bench.server.objects.size, bench.server.uploads.size]).toEqual([0, 0]);
  });

  it('needs the comparison: where the store makes up its ETags, other bytes pass (control)', async () => {
    const keysOfItsOwn = (headers: Record<string, string>) => ({
      ...headers,
      'x-amz-server-side-encryption': 'aws:kms',
    });
    bench.server.script = ({ method }) =>
      method === 'PUT' ? { changeBody: spoil, changeHeaders: keysOfItsOwn } : { changeHeaders: keysOfItsOwn };
    await bench.store.put(name, sourceOf(content.subarray(0, 500)));
    expect(bench.server.objects.get(name)?.equals(content.subarray(0, 500))).toBe(false);
  });

  it.each<[string, Script, string]>([
    ['stalls', always('PUT', { stall: true }), 'STORE.LOST'],
    ['is busy', always('PUT', { ...slowDown, headers: { 'retry-after': '7' } }), 'STORE.BUSY'],
    ['cuts', always('PUT', { cutRequestAt: 10 }), 'STORE.LOST'],
  ])('comes to an end when the server always %s', async (_what, script, code) => {
    bench.server.script = script;
    const stored = bench.store.put(name, sourceOf(someBytes(500)));
    await expect(stored).rejects.toMatchObject({
      code,
      message: expect.stringContaining('given up after 4 tries'),
    });
  });

  it.each<[string, Trick, string, RegExp]>([
    [
      'another address',
      { status: 301, headers: { location: 'http://127.0.0.1:1/', 'x-amz-bucket-region': 'eu-central-1' } },
      'STORE.SETTING',
      /redirects.*eu-central-1/,
    ],
    ['a page of a proxy', { status: 200, body: '<!DOCTYPE html><p>Log in' }, 'STORE.LOST', /cannot be read/],
    [
      'a list that is cut',
      { status: 200, body: '<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>' },
      'STORE.LOST',
      /not complete/,
    ],
    [
      'no right',
      { status: 403, body: '<Error><Code>AccessDenied</Code></Error>' },
      'STORE.PERMISSION',
      /may not/,
    ],
    ['a full store', { status: 507 }, 'STORE.FULL', /no more room/],
    [
      'an expired token',
      { status: 400, body: '<Error><Code>ExpiredToken</Code></Error>' },
      'STORE.AUTHENTICATION',
      /expired/,
    ],
  ])('explains %s', async (_what, trick, code, message) => {
    bench.server.script = () => trick;
    const listed = bench.store.list();
    await expect(listed).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it('gets over a cut at each edge of each part, up and down', async () => {
    const edges = [0, 1, 2, 3].flatMap((part) => [0, 1, 499, 999, 1000].map((at) => ({ part, at })));
    for (const { part, at } of edges) {
      bench.server.objects.clear();
      const before = bench.server.seen.length;
      bench.server.script = onTurn('PART', [
        ...Array.from({ length: part }, () => ({})),
        { cutRequestAt: at },
      ]);
      await bench.store.put(name, sourceOf(content));
      expect(bench.server.objects.get(name)?.equals(content)).toBe(true);
      const parts = bench.server.seen.slice(before).filter(({ query }) => query.has('partNumber'));
      expect([parts.length, bench.server.objects.size, bench.server.uploads.size]).toEqual([5, 1, 0]);
      bench.server.script = onTurn('GET', [{ cutAnswerAt: Math.min(part * 1000 + at, 3499) }]);
      expect((await buffer(await bench.store.get(name))).equals(content)).toBe(true);
    }
  });

  it('goes on with a download where it broke off', async () => {
    await bench.store.put(name, sourceOf(content));
    const before = bench.server.seen.length;
    bench.server.script = onTurn('GET', [{ cutAnswerAt: 1000 }, { cutAnswerAt: 500 }]);
    expect((await buffer(await bench.store.get(name))).equals(content)).toBe(true);
    expect(bench.server.seen.slice(before)).toHaveLength(3);
  });

  it('loses nothing at a hundred places of an upload and of a download, and its control does', async () => {
    const figures = await cutEverywhere({ bytes: 500, step: 5 });
    expect(figures).toEqual({
      positions: 200,
      falseSuccesses: 0,
      duplicates: 0,
      unrepaired: 0,
      unprotected: expect.any(Number),
    });
    expect(figures.unprotected).toBeGreaterThan(0);
  });
});
