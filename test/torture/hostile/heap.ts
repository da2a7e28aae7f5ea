import { makeDice } from '../dice.ts';
import { makeHostile } from './grammar.ts';
import { readHostile, readNaively } from './reading.ts';

/** Hostile snapshots by lot, many to a case. */
export interface Heap {
  readonly seed: number;
  readonly index: number;
  readonly reader: keyof typeof readers;
  /** Where the files lie. */
  readonly folder: string;
}

export const filesInHeap = 250;

const readers = { restore: readHostile, naive: readNaively };

/** Makes the files of a heap and reads each; what the reader did wrong. */
export async function readHeap({ seed, index, reader, folder }: Heap): Promise<string[]> {
  const roll = makeDice(seed * 100_003 + index);
  const violations: string[] = [];
  for (let number = 0; number < filesInHeap; number++) {
    const one = await makeHostile(roll);
    const found = await readers[reader](folder, one);
    violations.push(...found.map((sentence) => `file ${number} (${one.what}): ${sentence}`));
  }
  return violations;
}
