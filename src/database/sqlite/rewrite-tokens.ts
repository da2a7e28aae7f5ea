import type { RowLineReader } from '../../snapshot/row-line.ts';

/**
 * Row lines with some of their cells replaced.
 *
 * @param replacement the new token for the cell in `lines[start, end)`, or null to keep it
 */
export function rewriteTokens(
  lines: Buffer,
  reader: RowLineReader,
  replacement: (start: number, end: number) => string | null,
): Buffer {
  const parts: Buffer[] = [];
  let kept = 0;
  for (let at = 0; at < lines.length; ) {
    at = reader.read(lines, at);
    for (let column = 0; column < reader.starts.length; column++) {
      const token = replacement(reader.starts[column]!, reader.ends[column]!);
      if (token === null) continue;
      parts.push(lines.subarray(kept, reader.starts[column]!), Buffer.from(token));
      kept = reader.ends[column]!;
    }
  }
  if (parts.length === 0) return lines;
  parts.push(lines.subarray(kept));
  return Buffer.concat(parts);
}
