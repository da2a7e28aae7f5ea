import fc from 'fast-check';
import { characters } from './texts.ts';

/** Names that break what quotes, escapes, compares or looks them up carelessly. */
export const hostileNames: readonly string[] = [
  ...['id', 'order', 'select', 'table', 'group', 'null', 'true', 'default', 'rowid', 'user', 'values'],
  ...['a"b', '"', "it's", "'", 'back\\slash', '\\', '`tick`', '[x]', '$1', '$$', '%s', '?', ':a', '@b'],
  ...[
    'new\nline',
    'tab\t',
    'cr\r',
    '\u0001',
    '\u001b[31m',
    '\u007f',
    'semi;colon',
    '--comment',
    '/*x*/',
    '#',
  ],
  ...['😀', 'ünïcödé', '漢字', '\u202ertl', 'e\u0301', '\ufeff', '\u2028', 'ß', 'İ'],
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'prototype', 'then'],
  ...[
    ' lead',
    'trail ',
    ' ',
    'a b',
    'a.b',
    'a,b',
    '(',
    ')',
    '{"b":"00"}',
    '0',
    '1e5',
    '-',
    'A',
    'a',
    'x_',
    'x%',
  ],
  ...['../../etc/passwd', 'C:\\x', 'sqlite', 'pg_x', 'holdfast', '_prisma_migrations2', '_AToB'],
];

export interface NameRules {
  readonly isAllowed: (name: string) => boolean;
  readonly maxBytes: number;
}

/** Names that an engine takes: hostile ones, plain ones, and ones of any characters. */
export function nameArbitrary({ isAllowed, maxBytes }: NameRules): fc.Arbitrary<string> {
  const long = 'n'.repeat(maxBytes);
  const fits = (name: string): boolean => isAllowed(name) && Buffer.byteLength(name) <= maxBytes;
  return fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom('a', 'b', 'c', 'name', 'value', 'x1', 'x2') },
    { weight: 6, arbitrary: fc.constantFrom(...[...hostileNames, long].filter(fits)) },
    { weight: 1, arbitrary: characters({ minLength: 1, maxLength: 5 }).filter(fits) },
  );
}

/** Gives each name once; a name that the engine takes for one given before gets a number. */
export class NameAllocator {
  readonly #taken: Set<string>;
  readonly #fold: (name: string) => string;
  readonly #maxBytes: number;

  constructor(
    { fold, maxBytes }: { readonly fold: (name: string) => string; readonly maxBytes: number },
    reserved: readonly string[] = [],
  ) {
    this.#fold = fold;
    this.#maxBytes = maxBytes;
    this.#taken = new Set(reserved.map(fold));
  }

  take(wanted: string): string {
    let name = wanted;
    for (let count = 2; this.#taken.has(this.#fold(name)); count++) {
      const ending = `_${count}`;
      name = `${shorten(wanted, this.#maxBytes - ending.length)}${ending}`;
    }
    this.#taken.add(this.#fold(name));
    return name;
  }
}

function shorten(text: string, maxBytes: number): string {
  let short = text;
  while (Buffer.byteLength(short) > maxBytes) short = [...short].slice(0, -1).join('');
  return short;
}
