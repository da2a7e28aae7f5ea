import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openSnapshotFile } from '../../../src/snapshot/reader.ts';
import type { Unlock } from '../../../src/util/byte-source.ts';
import { makeKeys, sealBytes } from '../../support/age.ts';
import { makeVictim } from '../../support/damage.ts';
import { type Form, forms, takeApart } from '../../support/snapshots.ts';

/** A good snapshot that is about to be damaged. */
export interface Victim {
  /** As in the names of cases, such as `4 KB .json.gz`. */
  readonly label: string;
  readonly ending: string;
  readonly form: Form;
  readonly bytes: Buffer;
  /** Another snapshot like it; where it is encrypted, for the same key. */
  readonly other: Buffer;
  /** Where its stretches begin and end: members, or chunks of what is encrypted. */
  readonly stretches: readonly Buffer[];
  readonly otherStretches: readonly Buffer[];
  readonly unlock?: Unlock;
}

export interface Victims {
  /** In the memory of the machine where there is such a place: a million files are written. */
  readonly folder: string;
  /** Of about 4 KB: plain, compressed, encrypted. */
  readonly small: readonly Victim[];
  /** Of about 64 KB, the same; the encrypted one has three chunks. */
  readonly large: readonly Victim[];
  readonly close: () => void;
}

const rowsOfLarge: Readonly<Record<Form, number>> = { '.json': 1150, '.json.gz': 2900 };

export async function makeVictims(): Promise<Victims> {
  const folder = mkdtempSync(path.join(memoryFolder(), 'torture-damage-'));
  const small: Victim[] = [];
  const large: Victim[] = [];
  for (const form of forms) {
    small.push(await plainVictim(folder, form));
    large.push(await plainVictim(folder, form, rowsOfLarge[form]));
  }
  small.push(await sealedVictim(small.find(({ form }) => form === '.json.gz')!));
  large.push(await sealedVictim(await plainVictim(folder, '.json', 2 * rowsOfLarge['.json'])));
  return { folder, small, large, close: () => rmSync(folder, { recursive: true }) };
}

function memoryFolder(): string {
  return process.platform === 'linux' ? '/dev/shm' : tmpdir();
}

async function plainVictim(folder: string, form: Form, rows?: number): Promise<Victim> {
  const { victim, other } = await makeVictim(form, rows);
  return {
    label: `${rows === undefined ? '4 KB' : '64 KB'} ${form}`,
    ending: form,
    form,
    bytes: victim,
    other,
    stretches: await stretchesOf(folder, victim, form),
    otherStretches: await stretchesOf(folder, other, form),
  };
}

async function stretchesOf(folder: string, bytes: Buffer, form: Form): Promise<Buffer[]> {
  const file = path.join(folder, `whole${form}`);
  await writeFile(file, bytes);
  const snapshot = await openSnapshotFile(file);
  try {
    return takeApart(bytes, snapshot.manifest);
  } finally {
    await snapshot.close();
  }
}

/** For one identity, so that every file of it opens with the same key. */
async function sealedVictim({ label, form, bytes, other }: Victim): Promise<Victim> {
  const { recipient } = await makeKeys();
  const [sealed, otherSealed] = await Promise.all([
    sealBytes(bytes, { recipients: [recipient] }),
    sealBytes(other, { recipients: [recipient] }),
  ]);
  return {
    label: `${label}.age`,
    ending: `${form}.age`,
    form,
    bytes: sealed.bytes,
    other: otherSealed.bytes,
    stretches: chunksOf(sealed.bytes),
    otherStretches: chunksOf(otherSealed.bytes),
    unlock: sealed.unlock,
  };
}

const storedChunkBytes = 65_552;

/** The head of an age file with its nonce, then its chunks. */
function chunksOf(bytes: Buffer): Buffer[] {
  const start = bytes.indexOf('\n', bytes.indexOf('\n--- ') + 1) + 1 + 16;
  const chunks = [bytes.subarray(0, start)];
  for (let offset = start; offset < bytes.length; offset += storedChunkBytes) {
    chunks.push(bytes.subarray(offset, offset + storedChunkBytes));
  }
  return chunks;
}
