const backslash = 0x5c;
const quote = 0x22;

/** What stands for one letter after a backslash in JSON. */
const escapes: ReadonlyMap<number, number> = new Map(
  Object.entries({ '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }).map(
    ([letter, meaning]) => [letter.charCodeAt(0), meaning.charCodeAt(0)],
  ),
);

/**
 * The bytes that a JSON string token stands for, where the token holds bytes that are not UTF-8. Of `\u` escapes only
 * those of ASCII characters are known; SQLite writes no others.
 */
export function bytesOfString(token: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(token.length);
  let length = 0;
  for (let at = 1; at < token.length - 1; at++) {
    let byte = token[at]!;
    if (byte === backslash) {
      at++;
      const escaped = escapes.get(token[at]!);
      byte = escaped ?? Number.parseInt(token.toString('latin1', at + 1, at + 5), 16);
      if (escaped === undefined) at += 4;
    }
    bytes[length++] = byte;
  }
  return bytes.subarray(0, length);
}

/** True when the token in `bytes[start, end)` is a string. */
export function isString(bytes: Buffer, start: number): boolean {
  return bytes[start] === quote;
}
