import type { Random } from './random.ts';

/** Made-up contents that cost little to make: pieces of pools that are made once. */
export interface Samples {
  uuid(): string;
  name(): string;
  note(): string;
  /** A few hundred to some thousand characters, with line breaks, quotes and letters beyond ASCII. */
  longText(): string;
  json(number: number): string;
  bytes(): Buffer;
}

const poolBytes = 1 << 20;

export function createSamples(random: Random): Samples {
  const words = Array.from({ length: 3000 }, () => makeWord(random));
  const word = (): string => words[random.below(words.length)]!;
  const phrases = Array.from({ length: 4000 }, () =>
    Array.from({ length: 3 + random.below(7) }, () => word()).join(' '),
  );
  const phrase = (): string => phrases[random.below(phrases.length)]!;
  const breaks = [', ', '. ', '.\n', ' "', '" ', "'s ", ' – ', ' \\ ', '\t'];
  const pool = Buffer.alloc(poolBytes);
  for (let at = 0; at < poolBytes; at += 4) pool.writeUInt32LE(random.next(), at);
  return {
    uuid: () => makeUuid(random),
    name: () => `${word()} ${word()}`,
    note: () => `${phrase()}${breaks[random.below(breaks.length)]!}${word()}`,
    longText: () => {
      let text = phrase();
      for (let left = 3 + random.below(25); left > 0; left--)
        text += breaks[random.below(breaks.length)]! + phrase();
      return text;
    },
    json: (number) =>
      JSON.stringify({
        source: random.chance(0.5) ? 'web' : 'shop',
        lines: 1 + random.below(9),
        tags: [word(), word()],
        weight: random.below(10_000) / 8,
        sequence: number,
        gift: random.chance(0.1) ? null : random.chance(0.5),
      }),
    bytes: () => {
      const start = random.below(poolBytes - 320);
      return pool.subarray(start, start + 32 + random.below(256));
    },
  };
}

const letters = 'aaabcdeeeefghiiijklmnoooprrssttuuvwyzäéñß';

function makeWord(random: Random): string {
  return Array.from({ length: 2 + random.below(9) }, () => letters[random.below(letters.length)]!).join('');
}

function makeUuid(random: Random): string {
  const hex = [random.next(), random.next(), random.next(), random.next()]
    .map((part) => part.toString(16).padStart(8, '0'))
    .join('');
  const variant = '89ab'[random.below(4)]!;
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
}
