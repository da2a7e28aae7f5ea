import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createUnlock } from '../../src/crypto/unlock.ts';
import { AppError } from '../../src/errors.ts';
import {
  type AgeParts,
  assembleAge,
  hasAge,
  headerCode,
  makeKeys,
  openWithoutChecks,
  readAll,
  runAge,
  sealBytes,
  sealChunk,
  sourceOf,
  takeApartAge,
  withoutPadding,
} from '../support/age.ts';
import { useTempFolder } from '../support/temp-folder.ts';

const folder = useTempFolder();
const keys = await makeKeys();
const unlock = createUnlock({ identities: [keys.identity], passphrase: 'any' });
const content = randomBytes(2 * 65_536 + 4000);
const good = await takeApartAge(
  (await sealBytes(content, { recipients: [keys.recipient] })).bytes,
  keys.identity,
);
const [first, second, last] = good.chunks as [Buffer, Buffer, Buffer];
const [version, stanza, body] = good.head.split('\n') as [string, string, string];
const share = stanza.split(' ')[2]!;

function withHead(...lines: readonly string[]): Buffer {
  return assembleAge({ ...good, head: lines.join('\n') });
}

function withChunks(...chunks: readonly Buffer[]): Buffer {
  return assembleAge({ ...good, chunks });
}

/** The last of 43 characters carries two bits that nothing uses: setting one is another writing of the same bytes. */
function notCanonical(base64: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  return base64.slice(0, -1) + alphabet[alphabet.indexOf(base64.at(-1)!) + 1];
}

const scrypt = (work: string) => `-> scrypt ${withoutPadding(randomBytes(16))} ${work}`;
const code = headerCode(good.fileKey, good.head);

/** Each breaks one rule of the format; whatever it does not break fits, so that only that rule can refuse it. */
const headers: Readonly<Record<string, Buffer>> = {
  'a changed code': assembleAge(good, withoutPadding(randomBytes(32))),
  'a code of another header': assembleAge(good, headerCode(good.fileKey, `${good.head} `)),
  'a code with padding': assembleAge(good, `${code}=`),
  'a code whose base64 is not canonical': assembleAge(good, notCanonical(code)),
  'a code that is cut': assembleAge(good, code.slice(0, 40)),
  'another version': withHead('age-encryption.org/v2', stanza, body, '---'),
  'no stanza': withHead(version, '---'),
  'a stanza added after the code was made': assembleAge(
    { ...good, head: [version, '-> grease', body, stanza, body, '---'].join('\n') },
    code,
  ),
  'a stanza whose base64 is not canonical': withHead(version, stanza, notCanonical(body), '---'),
  'a stanza with padding': withHead(version, stanza, `${body}=`, '---'),
  'a share whose base64 is not canonical': withHead(version, `-> X25519 ${notCanonical(share)}`, body, '---'),
  'a share of 31 bytes': withHead(version, `-> X25519 ${withoutPadding(randomBytes(31))}`, body, '---'),
  'a share of low order': withHead(version, `-> X25519 ${withoutPadding(Buffer.alloc(32))}`, body, '---'),
  'a stanza with two spaces': withHead(version, `-> X25519  ${share}`, body, '---'),
  'a stanza without arguments': withHead(version, '->', body, '---'),
  'a stanza with one argument more': withHead(version, `${stanza} more`, body, '---'),
  'a wrapped key of 33 bytes': withHead(version, stanza, withoutPadding(randomBytes(33)), '---'),
  'CR LF as line ends': withHead(`${version}\r`, `${stanza}\r`, `${body}\r`, '---'),
  'a passphrase beside a recipient': withHead(
    version,
    stanza,
    withoutPadding(randomBytes(32)),
    scrypt('10'),
    body,
    '---',
  ),
  'a passphrase of 2^21 work': withHead(version, scrypt('21'), body, '---'),
  'a passphrase of 2^30 work': withHead(version, scrypt('30'), body, '---'),
  'a passphrase of work 010': withHead(version, scrypt('010'), body, '---'),
  'a header without an end': Buffer.from(good.head.slice(0, -3)),
  'an endless header': Buffer.concat([
    Buffer.from(`${good.head.slice(0, -3)}`),
    Buffer.alloc(100_000, '-> a b\n'),
  ]),
};

const payloads: Readonly<Record<string, Buffer>> = {
  'no payload': Buffer.from(`${good.head} ${code}\n`),
  'half a nonce': assembleAge({ ...good, nonce: good.nonce.subarray(8), chunks: [] }),
  'no chunk': withChunks(),
  'another nonce': assembleAge({ ...good, nonce: randomBytes(16) }),
  'the first chunk only': withChunks(first),
  'two chunks of three': withChunks(first, second),
  'no first chunk': withChunks(second, last),
  'no second chunk': withChunks(first, last),
  'chunks in another order': withChunks(second, first, last),
  'a chunk twice': withChunks(first, second, second, last),
  'the last chunk twice': withChunks(first, second, last, last),
  'a last chunk that is not marked': withChunks(
    first,
    second,
    sealChunk(good, content.subarray(-4000), { index: 2, isLast: false }),
  ),
  'a mark in the middle': withChunks(
    first,
    sealChunk(good, content.subarray(65_536, 131_072), { index: 1, isLast: true }),
    last,
  ),
  'an empty last chunk': withChunks(
    first,
    second,
    sealChunk(good, Buffer.alloc(0), { index: 2, isLast: true }),
  ),
  'a short chunk in the middle': withChunks(
    first,
    sealChunk(good, Buffer.alloc(9), { index: 1, isLast: false }),
    last,
  ),
  'a last chunk without its code': withChunks(first, second, last.subarray(0, 16)),
  'a cut last chunk': withChunks(first, second, last.subarray(0, -1)),
  'a byte behind the end': withChunks(first, second, last, Buffer.alloc(1)),
  'a chunk of another file': withChunks(first, (await twin()).chunks[1]!, last),
  'the payload of another file': assembleAge({
    ...good,
    nonce: (await twin()).nonce,
    chunks: (await twin()).chunks,
  }),
};

/** The same content for the same recipient, encrypted again. */
async function twin(): Promise<AgeParts> {
  return takeApartAge((await sealBytes(content, { recipients: [keys.recipient] })).bytes, keys.identity);
}

async function open(bytes: Buffer): Promise<Buffer> {
  return readAll(await unlock(sourceOf(bytes)));
}

describe('an age file', () => {
  it('that was taken apart and put together again is good', async () => {
    expect((await open(assembleAge(good))).equals(content)).toBe(true);
    const resealed = sealChunk(good, content.subarray(-4000), { index: 2, isLast: true });
    expect((await open(withChunks(first, second, resealed))).equals(content)).toBe(true);
  });

  it.each(Object.keys({ ...headers, ...payloads }))('with %s is refused', async (name) => {
    const error: unknown = await open({ ...headers, ...payloads }[name]!).catch((one) => one);
    expect(error).toBeInstanceOf(AppError);
    expect((error as AppError).code).toMatch(
      /^(SNAPSHOT\.(CHECKSUM|TRUNCATED|CONTENT)|ENCRYPTION\.WRONG_IDENTITY)$/,
    );
  });

  it('is tried with no passphrase where that would take much memory', async () => {
    await expect(open(headers['a passphrase of 2^30 work']!)).rejects.toMatchObject({
      code: 'SNAPSHOT.CONTENT',
    });
  });

  it('cut at the edge of a chunk is taken by a reader that compares no codes', () => {
    for (const chunks of [[first], [first, second]]) {
      expect(
        content
          .subarray(0, 1000)
          .equals(openWithoutChecks({ ...good, chunks: [...chunks, last] }).subarray(0, 1000)),
      ).toBe(true);
    }
  });

  it.skipIf(!hasAge)('is judged by the age program in the same way', () => {
    const identityFile = path.join(folder, 'identity.txt');
    writeFileSync(identityFile, `${keys.identity}\n`, { mode: 0o600 });
    const judge = (bytes: Buffer) => runAge('age', ['-d', '-i', identityFile], bytes).status;
    expect(judge(assembleAge(good))).toBe(0);
    const accepted = Object.entries({ ...headers, ...payloads }).filter(([, bytes]) => judge(bytes) === 0);
    expect(accepted.map(([name]) => name)).toEqual([]);
  });
});
