import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { extensionsOf } from '../../support/damage.ts';
import type { Victim } from './victims.ts';

/** What was done to a snapshot, and what it came to. */
export interface Damaged {
  readonly name: string;
  readonly bytes: Buffer;
}

/** Damages that are made one after the other; each is over when the next is asked for. */
export interface DamageGroup {
  readonly name: string;
  readonly make: () => Generator<Damaged>;
}

const offsetsTogether = 16;
const lengthsTogether = 256;

/** Every byte changed to every other value. */
export function everyValue({ label, bytes }: Victim): DamageGroup[] {
  return stretches(bytes.length, offsetsTogether).map(([from, to]) => ({
    name: `${label}, bytes ${from} to ${to - 1}, every value`,
    *make() {
      const copy = Buffer.from(bytes);
      for (let offset = from; offset < to; offset++) {
        for (let step = 1; step < 256; step++) {
          copy[offset] = (bytes[offset]! + step) % 256;
          yield { name: `byte ${offset} is ${copy[offset]}`, bytes: copy };
        }
        copy[offset] = bytes[offset]!;
      }
    },
  }));
}

/** Every bit flipped. */
export function everyBit({ label, bytes }: Victim): DamageGroup[] {
  return stretches(bytes.length, lengthsTogether).map(([from, to]) => ({
    name: `${label}, bytes ${from} to ${to - 1}, every bit`,
    *make() {
      const copy = Buffer.from(bytes);
      for (let offset = from; offset < to; offset++) {
        for (let bit = 0; bit < 8; bit++) {
          copy[offset] = bytes[offset]! ^ (1 << bit);
          yield { name: `bit ${bit} of byte ${offset}`, bytes: copy };
        }
        copy[offset] = bytes[offset]!;
      }
    },
  }));
}

/** Cut to every length. */
export function everyLength({ label, bytes }: Victim): DamageGroup[] {
  return stretches(bytes.length, lengthsTogether).map(([from, to]) => ({
    name: `${label}, cut to ${from} to ${to - 1} bytes`,
    *make() {
      for (let length = from; length < to; length++) {
        yield { name: `cut to ${length} bytes`, bytes: bytes.subarray(0, length) };
      }
    },
  }));
}

/** Grown in 64 ways. */
export function everyExtension({ label, bytes, other, form }: Victim): DamageGroup {
  const behind = (name: string, added: Buffer): Damaged => ({ name, bytes: Buffer.concat([bytes, added]) });
  const powers = Array.from({ length: 16 }, (_, power) => 2 ** power);
  return {
    name: `${label}, extended`,
    *make() {
      yield* extensionsOf(bytes, other, form);
      for (const count of powers) yield behind(`${count} random bytes`, randomBytes(count));
      for (const count of powers) yield behind(`${count} bytes 0xff`, Buffer.alloc(count, 0xff));
      for (const level of [0, 1, 6, 9] as const)
        yield behind(`itself at level ${level}`, gzipSync(bytes, { level }));
    },
  };
}

/** Members, or chunks of an encrypted file: dropped, repeated, swapped, and taken from another snapshot. */
export function everyRearrangement({
  label,
  stretches: own,
  otherStretches: foreign,
  bytes,
}: Victim): DamageGroup {
  return {
    name: `${label}, rearranged`,
    *make() {
      for (const damaged of rearrange(own, foreign)) {
        // Two snapshots of the same application share whole members.
        if (!damaged.bytes.equals(bytes)) yield damaged;
      }
    },
  };
}

function* rearrange(own: readonly Buffer[], foreign: readonly Buffer[]): Generator<Damaged> {
  const join = (name: string, parts: readonly Buffer[]): Damaged => ({ name, bytes: Buffer.concat(parts) });
  for (const [index, part] of own.entries()) {
    yield join(`without part ${index}`, own.toSpliced(index, 1));
    yield join(`part ${index} twice`, own.toSpliced(index, 0, part));
    yield join(`part ${index} of another`, own.toSpliced(index, 1, foreign[index] ?? Buffer.alloc(0)));
    for (let second = index + 1; second < own.length; second++) {
      const swapped = [...own];
      [swapped[index], swapped[second]] = [own[second]!, part];
      yield join(`parts ${index} and ${second} swapped`, swapped);
    }
  }
}

function stretches(length: number, size: number): [number, number][] {
  const list: [number, number][] = [];
  for (let from = 0; from < length; from += size) list.push([from, Math.min(length, from + size)]);
  return list;
}
