import { hash, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseIdentities } from '../../src/crypto/identity.ts';
import { createSeal } from '../../src/crypto/seal.ts';
import { createUnlock } from '../../src/crypto/unlock.ts';
import { makeKeys, readAll, sealBytes, sourceOf, takeApartAge } from '../support/age.ts';

const keys = await makeKeys();
const others = await makeKeys();
const forKeys = { recipients: [keys.recipient] };
const unlock = createUnlock({ identities: [keys.identity], passphrase: null });
const chunk = 65_536;

describe('an encrypted file', () => {
  it.each([0, 1, 15, chunk - 1, chunk, chunk + 1, 2 * chunk, 2 * chunk + 1, 5 * chunk - 16])(
    'gives back %i bytes, also to the process that made it without a key',
    async (length) => {
      const content = randomBytes(length);
      const sealed = await sealBytes(content, forKeys);
      expect(sealed.sha256).toBe(hash('sha256', sealed.bytes));
      for (const open of [unlock, sealed.unlock]) {
        const opened = await open(sourceOf(sealed.bytes));
        expect(opened.bytes).toBe(length);
        expect((await readAll(opened)).equals(content)).toBe(true);
      }
    },
  );

  it('can be read from any place', async () => {
    const content = randomBytes(4 * chunk + 100);
    const { bytes } = await sealBytes(content, forKeys, 7777);
    const opened = await unlock(sourceOf(bytes));
    const edges = [
      0,
      1,
      chunk - 1,
      chunk,
      chunk + 1,
      2 * chunk,
      3 * chunk - 7,
      4 * chunk,
      content.length - 1,
    ];
    for (const from of edges) {
      for (const to of [...edges, content.length].filter((one) => one >= from)) {
        const part = await opened.read(from, to - from);
        expect(part.equals(content.subarray(from, to))).toBe(true);
      }
    }
    await expect(opened.read(content.length, 1)).rejects.toMatchObject({ code: 'SNAPSHOT.TRUNCATED' });
  });

  it('opens with the key of each of its recipients', async () => {
    const content = randomBytes(1000);
    const { bytes } = await sealBytes(content, { recipients: [keys.recipient, others.recipient] });
    for (const { identity } of [keys, others]) {
      const open = createUnlock({ identities: [identity], passphrase: null });
      expect((await readAll(await open(sourceOf(bytes)))).equals(content)).toBe(true);
    }
  });

  it('opens with no other key, and says which kind it takes', async () => {
    const { bytes } = await sealBytes(Buffer.from('x'), { recipients: [others.recipient] });
    await expect(unlock(sourceOf(bytes))).rejects.toMatchObject({
      code: 'ENCRYPTION.WRONG_IDENTITY',
      message: expect.stringContaining('no key that was given'),
    });
  });

  it('opens with its passphrase only', async () => {
    const content = randomBytes(100);
    const { bytes } = await sealBytes(content, { passphrase: 'correct horse' });
    const right = createUnlock({ identities: [keys.identity], passphrase: 'correct horse' });
    expect((await readAll(await right(sourceOf(bytes)))).equals(content)).toBe(true);
    for (const passphrase of ['Correct horse', null]) {
      const wrong = createUnlock({ identities: [keys.identity], passphrase });
      await expect(wrong(sourceOf(bytes))).rejects.toMatchObject({
        code: 'ENCRYPTION.WRONG_IDENTITY',
        message: expect.stringContaining('passphrase'),
      });
    }
  });

  it('never shares a file key, a nonce or a stanza with another of the same content', async () => {
    const content = Buffer.from('the same every time');
    const seen = new Set<string>();
    for (let count = 0; count < 1000; count++) {
      const { bytes } = await sealBytes(content, forKeys);
      const headEnd = bytes.indexOf('\n', bytes.indexOf('\n--- ') + 1) + 1;
      const [, share = ''] = /-> X25519 (\S+)/.exec(bytes.toString('latin1', 0, headEnd)) ?? [];
      seen.add(share);
      seen.add(bytes.toString('hex', headEnd, headEnd + 16));
      seen.add(bytes.toString('hex', headEnd + 16));
      // Unwrapping takes the most time.
      if (count % 20 === 0) seen.add((await takeApartAge(bytes, keys.identity)).fileKey.toString('hex'));
    }
    expect(seen.size).toBe(3050);
  });
});

describe('encrypting', () => {
  it('holds back the writer while the sink is busy, so that memory stays small', async () => {
    const piece = randomBytes(350_000);
    let [sent, stored, most] = [0, 0, 0];
    const sealed = await createSeal(forKeys)(async (bytes) => {
      await new Promise(setImmediate);
      stored += bytes.length;
    });
    for (let count = 0; count < 60; count++) {
      await sealed.write(piece);
      sent += piece.length;
      most = Math.max(most, sent - stored);
    }
    await sealed.finish();
    expect(stored).toBeGreaterThan(sent);
    expect(most).toBeLessThan(4 * piece.length);
  });

  it('fails with the error of the sink', async () => {
    const full = new Error('no space left');
    const write = async (): Promise<void> => {
      const sealed = await createSeal(forKeys)(async () => {
        throw full;
      });
      for (let count = 0; count < 10; count++) await sealed.write(randomBytes(200_000));
      await sealed.finish();
    };
    await expect(write()).rejects.toBe(full);
  });

  it('refuses what is no recipient, without repeating it', async () => {
    const mistyped = `${keys.recipient.slice(0, -1)}${keys.recipient.endsWith('q') ? 'p' : 'q'}`;
    for (const recipient of [mistyped, keys.identity]) {
      const error: unknown = await sealBytes(Buffer.alloc(1), { recipients: [recipient] }).catch(
        (one) => one,
      );
      expect(error).toMatchObject({ code: 'ENCRYPTION.KEY' });
      expect(`${error} ${(error as Error).cause}`).not.toContain(recipient.slice(10));
    }
  });
});

describe('a file of identities', () => {
  it.each([
    ['nothing', '', 'There is no identity in keys.txt'],
    ['comments only', '# public key: age1x\n\n', 'There is no identity in keys.txt'],
    [
      'another kind of key',
      '# x\nAGE-PLUGIN-YUBIKEY-1XYZ\n',
      'Line 2 of keys.txt is no X25519 identity of age',
    ],
    ['a damaged key', 'AGE-SECRET-KEY-1XYZ', 'Line 1 of keys.txt is no X25519 identity of age'],
  ])('that holds %s is refused, and not repeated', async (_what, text, message) => {
    const parsing = parseIdentities(text, 'keys.txt');
    await expect(parsing).rejects.toMatchObject({
      code: 'ENCRYPTION.KEY',
      message: expect.stringContaining(message) as unknown,
    });
    await expect(parsing).rejects.not.toThrow('XYZ');
  });
});
