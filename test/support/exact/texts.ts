import fc from 'fast-check';

/** Texts that are valid Unicode without NUL, which every engine stores. */
export const extremeTexts: readonly string[] = [
  ...[
    '',
    ' ',
    '  two',
    'trail ',
    '\t',
    '\n',
    '\r\n',
    '\u0001',
    '\u001f',
    '\u007f',
    '\u0080',
    '\u009f',
    '\v\f\b',
  ],
  ...[
    '"',
    "'",
    "''",
    '\\',
    '\\\\',
    '\\N',
    '\\.',
    '\\n',
    '\\u0000',
    '\\x41',
    '`',
    '$$',
    '%s',
    '%',
    '{}',
    '[]',
    ',',
  ],
  ...[
    'null',
    'NULL',
    'true',
    'false',
    'undefined',
    'NaN',
    'Infinity',
    '-0',
    '0',
    '1',
    '1.0',
    '1e3',
    ' 1',
    '0x10',
  ],
  ...['+5', '.5', '5.', '9007199254740993', '9223372036854775808', '-9223372036854775809', '1e999'],
  ...['{"a": 1.10, "a": 2}', '[12345678901234567890, -0.0, 1e400]', ' { } ', '{"1":1,"0":0}'],
  ...[
    '{"b":"00"}',
    '{"i":"9223372036854775807"}',
    '{"r":"Infinity"}',
    '{"t":"ff"}',
    '[1,2]',
    ']}\n',
    '],\n"manifest":',
  ],
  ...[
    'é',
    'e\u0301',
    'ß',
    'İ',
    'ı',
    '漢字',
    '😀',
    '👩‍👩‍👧‍👦',
    '\u{10ffff}',
    '\ufffd',
    '\ufffe',
    '\uffff',
    '\ufeff',
  ],
  ...['\ufeffbom', '\u2028', '\u2029', '\u200b', '\u202e', '\ud7ff', '\ue000', '\u0300', 'A\u030a'],
  ...['2024-02-29', '2024-02-29T23:59:59.999+00:00', '2024-02-29 23:59:59.123456', '0000-00-00', '24:00:00'],
  ...['__proto__', 'constructor', "'; DROP TABLE x; --", '--', '/*', 'a\u0000b'.replace('\u0000', '\u0001')],
  ...['x'.repeat(255), 'é'.repeat(300), '"\\'.repeat(700), '\n'.repeat(4097), '😀'.repeat(2048)],
];

/** Text of any characters but NUL. */
export function characters(options: fc.ArrayConstraints): fc.Arbitrary<string> {
  const point = fc.oneof(fc.integer({ min: 1, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff }));
  return fc.array(point, options).map((points) => String.fromCodePoint(...points));
}

/** Any text without NUL: extremes, short words, and random code points. */
export const textArbitrary: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...extremeTexts) },
  { weight: 2, arbitrary: fc.string({ maxLength: 8 }) },
  { weight: 2, arbitrary: characters({ maxLength: 12 }) },
);

export const bytesArbitrary: fc.Arbitrary<Buffer> = fc
  .oneof(
    { weight: 3, arbitrary: fc.uint8Array({ maxLength: 12 }) },
    {
      weight: 2,
      arbitrary: fc.constantFrom(
        ...[
          [],
          [0],
          [0, 0],
          [255],
          [0x80],
          [0xc0, 0x80],
          [0xed, 0xa0, 0x80],
          [0x27],
          [0x22, 0x5c],
          [10, 13, 9],
        ].map((bytes) => Uint8Array.from(bytes)),
        Uint8Array.from({ length: 256 }, (_, index) => index),
        new Uint8Array(5000).fill(7),
      ),
    },
  )
  .map((bytes) => Buffer.from(bytes));

/** Doubles of every kind, without NaN: edges, whole numbers, and any bits. */
export const doubleArbitrary: fc.Arbitrary<number> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      ...[
        0,
        -0,
        0.1,
        0.3,
        0.1 + 0.2,
        1 / 3,
        1,
        -1,
        1.5,
        100,
        1e15,
        1e16,
        1e17,
        1e21,
        1e22,
        123456789.12345679,
      ],
      ...[
        4.35,
        2 ** 53,
        2 ** 53 + 2,
        -(2 ** 53),
        2 ** 63,
        -(2 ** 63),
        1e300,
        Number.MAX_VALUE,
        -Number.MAX_VALUE,
      ],
      ...[
        Number.MIN_VALUE,
        -Number.MIN_VALUE,
        2.2250738585072014e-308,
        2.225073858507201e-308,
        1e-7,
        1e-5,
        5e-310,
      ],
      ...[Infinity, -Infinity, 2 ** 53, 0.1 + 0.7, 8.41e21, 9.5367431640625e-7],
    ),
  },
  { weight: 3, arbitrary: fc.double({ noNaN: true }) },
  { weight: 1, arbitrary: fc.float({ noNaN: true }) },
);

/** Integers of at most so many bits, signed, edges first. */
export function integerArbitrary(bits: number): fc.Arbitrary<bigint> {
  const [min, max] = [-(2n ** BigInt(bits - 1)), 2n ** BigInt(bits - 1) - 1n];
  return rangeArbitrary(min, max);
}

/** Integers between the two, edges first. */
export function rangeArbitrary(min: bigint, max: bigint): fc.Arbitrary<bigint> {
  const safe = 2n ** 53n;
  const edges = [
    0n,
    1n,
    -1n,
    min,
    max,
    min + 1n,
    max - 1n,
    safe,
    -safe,
    safe - 1n,
    safe + 1n,
    -safe - 1n,
    1n - safe,
  ];
  return fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...edges.filter((edge) => edge >= min && edge <= max)) },
    { weight: 1, arbitrary: fc.bigInt({ min, max }) },
  );
}
