/** A text with something added to it. */
export interface TextEdit {
  readonly text: string;
  /** What is new, for people: `script backup`. Empty when the text stays as it is. */
  readonly added: readonly string[];
  /** What would have been added and is there in another form, which stays. */
  readonly kept: readonly string[];
}

/** Appends lines, with the line ends that the text has; every byte that is there stays. */
export function appendLines(text: string, lines: readonly string[]): string {
  if (lines.length === 0) return text;
  const lineEnd = text.includes('\r\n') ? '\r\n' : '\n';
  const gap = text === '' || text.endsWith('\n') ? '' : lineEnd;
  return `${text}${gap}${lines.map((line) => `${line}${lineEnd}`).join('')}`;
}
