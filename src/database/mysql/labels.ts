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
