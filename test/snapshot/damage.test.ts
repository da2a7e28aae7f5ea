import { describe, expect, it } from 'vitest';
import {
  changeBytes,
  cutEverywhere,
  extend,
  extensionsOf,
  isRefusedNaively,
  makeVictim,
} from '../support/damage.ts';
import { forms } from '../support/snapshots.ts';
import { useTempFolder } from '../support/temp-folder.ts';

const folder = useTempFolder();

/** The neighbour, a letter's other case, and all bits flipped: test/campaigns/damage.ts takes every value. */
function someValues(byte: number): readonly number[] {
  return [byte ^ 0x01, byte ^ 0x20, byte ^ 0xff];
}

// Thousands of files are read, which takes a while on a busy machine.
describe.each(forms)('a %s snapshot of 4 KB', { timeout: 300_000 }, (form) => {
  it('is refused with any byte changed', async () => {
    const { victim } = await makeVictim(form);
    expect(victim.length).toBeGreaterThan(3900);
    expect(victim.length).toBeLessThan(4400);
    const count = await changeBytes({ form, folder, victim }, someValues);
    expect(count).toMatchObject({ cases: victim.length * 3, accepted: [] });
  });

  it('is refused when cut to any length', async () => {
    const { victim } = await makeVictim(form);
    const count = await cutEverywhere({ form, folder, victim });
    expect(count).toMatchObject({ cases: victim.length, accepted: [] });
  });

  it('is refused when extended in any way', async () => {
    const { victim, other } = await makeVictim(form);
    const count = await extend({ form, folder, victim }, extensionsOf(victim, other, form));
    expect(count.cases).toBeGreaterThanOrEqual(16);
    expect(count.accepted).toEqual([]);
  });

  it('is taken by a reader without checksums for some of the same damage', async () => {
    const { victim, other } = await makeVictim(form);
    let accepted = 0;
    for (let offset = 0; offset < victim.length; offset++) {
      for (const value of someValues(victim[offset]!)) {
        const changed = Buffer.from(victim);
        changed[offset] = value;
        if (!isRefusedNaively(changed, form)) accepted++;
      }
    }
    const extended = extensionsOf(victim, other, form).filter(({ bytes }) => !isRefusedNaively(bytes, form));
    expect(accepted).toBeGreaterThan(50);
    expect(extended.length).toBeGreaterThan(1);
  });
});
