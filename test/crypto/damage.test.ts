import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createUnlock } from '../../src/crypto/unlock.ts';
import { verifySnapshot } from '../../src/snapshot/verify.ts';
import {
  assembleAge,
  makeKeys,
  openWithoutChecks,
  sealBytes,
  sealChunk,
  storedChunkBytes,
  takeApartAge,
} from '../support/age.ts';
import {
  changeBytes,
  cutEverywhere,
  extend,
  extensionsOf,
  isRefused,
  isRefusedNaively,
  makeVictim,
} from '../support/damage.ts';
import { forms, makeSnapshot, sampleSnapshot } from '../support/snapshots.ts';
import { useTempFolder } from '../support/temp-folder.ts';

const folder = useTempFolder();
const keys = await makeKeys();
const target = { recipients: [keys.recipient] };
const withIdentity = createUnlock({ identities: [keys.identity], passphrase: null });

function someValues(byte: number): readonly number[] {
  return [byte ^ 0x01, byte ^ 0x20, byte ^ 0xff];
}

async function sealVictim(form: (typeof forms)[number]) {
  const { victim, other } = await makeVictim(form);
  const sealed = await sealBytes(victim, target);
  const job = {
    form: `${form}.age`,
    folder,
    victim: sealed.bytes,
    // The file's own key spares the slow half of the unwrapping, which damage of the header has to pass, too.
    judge: (filePath: string) => isRefused(filePath, sealed.unlock),
  };
  return { job, content: victim, other: await sealBytes(other, target) };
}

describe('an encrypted snapshot of 4 KB', { timeout: 300_000 }, () => {
  const form = '.json.gz';

  it.each(forms)('is good as it is, made of %s', async (one) => {
    const { job } = await sealVictim(one);
    const filePath = path.join(folder, `good${job.form}`);
    await writeFile(filePath, job.victim);
    expect(await verifySnapshot(filePath, { unlock: withIdentity })).toEqual([]);
  });

  it('is refused with any byte changed', async () => {
    const { job } = await sealVictim(form);
    expect(await changeBytes(job, someValues)).toMatchObject({ cases: job.victim.length * 3, accepted: [] });
  });

  it('is refused when cut to any length', async () => {
    const { job } = await sealVictim(form);
    expect(await cutEverywhere(job)).toMatchObject({ cases: job.victim.length, accepted: [] });
  });

  it('is refused when extended in any way', async () => {
    const { job, other } = await sealVictim(form);
    expect((await extend(job, extensionsOf(job.victim, other.bytes, form))).accepted).toEqual([]);
  });

  it('is taken by a reader that compares no codes for some of the same damage', async () => {
    const { job } = await sealVictim('.json');
    const parts = await takeApartAge(job.victim, keys.identity);
    const [chunk] = parts.chunks as [Buffer];
    let accepted = 0;
    for (let offset = 0; offset < chunk.length - 16; offset++) {
      for (const value of someValues(chunk[offset]!)) {
        const changed = Buffer.from(chunk);
        changed[offset] = value;
        if (!isRefusedNaively(openWithoutChecks({ ...parts, chunks: [changed] }), '.json')) accepted++;
      }
    }
    expect(accepted).toBeGreaterThan(1000);
  });
});

describe('an encrypted snapshot', () => {
  it('is refused with any byte of its header changed, also with the identity', async () => {
    const { job } = await sealVictim('.json.gz');
    const headerBytes = job.victim.indexOf('\n', job.victim.indexOf('\n--- ') + 1) + 1;
    const accepted: number[] = [];
    const filePath = path.join(folder, 'header.json.gz.age');
    for (let offset = 0; offset < headerBytes; offset++) {
      const changed = Buffer.from(job.victim);
      changed[offset]! ^= 0x01;
      await writeFile(filePath, changed);
      if (!(await isRefused(filePath, withIdentity))) accepted.push(offset);
    }
    expect(headerBytes).toBeGreaterThan(160);
    expect(accepted).toEqual([]);
  });

  it('is refused when it lacks chunks at its end, whose authentic rest is a document cut short', async () => {
    const line = `["${'x'.repeat(200)}"]`;
    const sample = sampleSnapshot();
    const tables = [{ ...sample.tables[2]!, lines: Array.from({ length: 1000 }, () => line) }];
    const { bytes } = await makeSnapshot({ ...sample, tables }, '.json');
    const sealed = await sealBytes(bytes, target);
    const parts = await takeApartAge(sealed.bytes, keys.identity);
    expect(parts.chunks).toHaveLength(4);
    for (let kept = 1; kept < parts.chunks.length; kept++) {
      const cut = parts.chunks.slice(0, kept);
      const lastContent = bytes.subarray((kept - 1) * 65_536, kept * 65_536);
      const marked = [...cut.slice(0, -1), sealChunk(parts, lastContent, { index: kept - 1, isLast: true })];
      const filePath = path.join(folder, 'cut.json.age');
      await writeFile(filePath, assembleAge({ ...parts, chunks: cut }));
      await expect(verifySnapshot(filePath, { unlock: withIdentity })).resolves.toMatchObject([
        { code: 'SNAPSHOT.CHECKSUM', message: expect.stringContaining('cut short, extended or changed') },
      ]);
      // The control: a cut that forges the mark of the end gets past the encryption, and is told by the document.
      await writeFile(filePath, assembleAge({ ...parts, chunks: marked }));
      await expect(verifySnapshot(filePath, { unlock: withIdentity })).resolves.toMatchObject([
        { code: 'SNAPSHOT.TRUNCATED' },
      ]);
    }
    expect(cut(parts.chunks)).toBe(true);
  });
});

function cut(chunks: readonly Buffer[]): boolean {
  return chunks.slice(0, -1).every((chunk) => chunk.length === storedChunkBytes);
}
