const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '0': '\0', Z: '\x1a' };

/** The labels in a column type such as `enum('a','it''s')` or `set('x\\y')`. */
export function parseLabels(columnType: string): string[] {
  const labels: string[] = [];
  for (const [, body] of columnType.matchAll(/'((?:[^'\\]|''|\\.)*)'/gs)) {
    labels.push(
      body!.replace(/''|\\(.)/gs, (match, char) => (match === "''" ? "'" : (escapes[char] ?? char))),
    );
  }
  return labels;
}

/**
 * Whether the value of an ENUM or SET travels as a number, since its text does not say which label it is: an empty label
 * is also how the invalid value and the empty set print, and tables made without strict mode can repeat a label.
 *
 * @param isExact whether labels that differ in case or accents are different ones; those of an ENUM always are
 */
export function travelsAsNumber(
  labels: readonly string[],
  { isExact }: { readonly isExact: boolean },
): boolean {
  const folded = labels.map((label) =>
    isExact ? label : label.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase(),
  );
  return labels.includes('') || new Set(folded).size !== labels.length;
}
