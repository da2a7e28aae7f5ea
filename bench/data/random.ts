/** A seeded source of numbers (sfc32): the same seed gives the same numbers on every machine. */
export interface Random {
  /** A whole number from 0 to 2^32 - 1. */
  next(): number;
  /** A whole number from 0 to `end - 1`. */
  below(end: number): number;
  /** True in `share` of all calls. */
  chance(share: number): boolean;
}

export function createRandom(seed: string): Random {
  let [a, b, c, d] = spread(seed);
  const next = (): number => {
    const sum = (a + b + d) >>> 0;
    d = (d + 1) >>> 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) >>> 0;
    c = (((c << 21) | (c >>> 11)) + sum) >>> 0;
    return sum;
  };
  for (let round = 0; round < 12; round++) next();
  return {
    next,
    below: (end) => Math.floor((next() / 2 ** 32) * end),
    chance: (share) => next() < share * 2 ** 32,
  };
}

/** Four words from a seed (FNV-1a, begun at four different places). */
function spread(seed: string): [number, number, number, number] {
  const word = (start: number): number => {
    let hash = start;
    for (const character of seed) hash = Math.imul(hash ^ character.codePointAt(0)!, 0x01000193) >>> 0;
    return hash;
  };
  return [word(0x811c9dc5), word(0x01234567), word(0x9e3779b9), word(1)];
}
