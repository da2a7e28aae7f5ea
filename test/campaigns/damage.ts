import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { makeKeys, sealBytes } from '../support/age.ts';
import {
  changeBytes,
  cutEverywhere,
  type DamageCount,
  extend,
  extensionsOf,
  isRefused,
  isRefusedNaively,
  makeVictim,
} from '../support/damage.ts';
import { type Form, forms } from '../support/snapshots.ts';

/**
 * Every byte of a 4 KB snapshot changed to every other value, the file cut at every length, and extended in every way
 * of the list; with a reader that compares no checksums as control. Run: npx tsx test/campaigns/damage.ts
 */
async function main(): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'holdfast-damage-'));
  try {
    print(['form', 'damage', 'cases', 'refused', 'accepted']);
    let accepted = 0;
    for (const form of forms) accepted += await damageForm(folder, form);
    accepted += await damageEncrypted(folder);
    print(accepted === 0 ? ['All refused'] : [`${accepted} accepted`]);
    process.exitCode = accepted === 0 ? 0 : 1;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** @returns how many damaged files were taken for good */
async function damageForm(folder: string, form: Form): Promise<number> {
  const { victim, other } = await makeVictim(form);
  const job = { form, folder, victim };
  const counts = [
    await changeBytes(job, otherValues),
    await cutEverywhere(job),
    await extend(job, extensionsOf(victim, other, form)),
  ];
  for (const count of counts) printCount(count);
  printControl(victim, form);
  return counts.reduce((sum, count) => sum + count.accepted.length, 0);
}

/** The same for an encrypted snapshot, opened with its own key; test/crypto/damage.test.ts has the control. */
async function damageEncrypted(folder: string): Promise<number> {
  const { victim, other } = await makeVictim('.json.gz');
  const { recipient } = await makeKeys();
  const [sealed, otherSealed] = await Promise.all(
    [victim, other].map((content) => sealBytes(content, { recipients: [recipient] })),
  );
  const judge = (filePath: string) => isRefused(filePath, sealed!.unlock);
  const job = { form: '.gz.age', folder, victim: sealed!.bytes, judge };
  const counts = [
    await changeBytes(job, otherValues),
    await cutEverywhere(job),
    await extend(job, extensionsOf(sealed!.bytes, otherSealed!.bytes, '.json.gz')),
  ];
  for (const count of counts) printCount(count);
  return counts.reduce((sum, count) => sum + count.accepted.length, 0);
}

function otherValues(byte: number): readonly number[] {
  return Array.from({ length: 255 }, (_, index) => (byte + 1 + index) % 256);
}

function printCount({ form, damage, cases, refused, accepted }: DamageCount): void {
  print([form, damage, cases, refused, accepted.length]);
  for (const one of accepted.slice(0, 20)) print(['', `  ${one}`]);
}

/** What a reader without checksums makes of changed bytes: proof that the damage can be told from no damage. */
function printControl(victim: Buffer, form: Form): void {
  const changed = Buffer.from(victim);
  let cases = 0;
  let accepted = 0;
  for (const [offset, byte] of victim.entries()) {
    for (const value of [byte ^ 0x01, byte ^ 0x20, byte ^ 0x80, byte ^ 0xff]) {
      changed[offset] = value;
      cases++;
      if (!isRefusedNaively(changed, form)) accepted++;
    }
    changed[offset] = byte;
  }
  print([form, 'control: no checksums', cases, cases - accepted, accepted]);
}

function print(cells: readonly (string | number)[]): void {
  const [form = '', damage = '', ...numbers] = cells.map(String);
  const line = `${form.padEnd(10)}${damage.padEnd(24)}${numbers.map((one) => one.padStart(12)).join('')}`;
  process.stdout.write(`${line.trimEnd()}\n`);
}

await main();
