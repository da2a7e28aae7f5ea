/** Two views of a schema's text, of the same length and the same lines, in which offsets can be compared. */
export interface MaskedText {
  /** Comments are blanks. */
  readonly code: string;
  /** Comments, and what stands inside quotes, are blanks: brackets and keywords in it are real. */
  readonly structure: string;
}

const byteOrderMark = '\uFEFF';

/** The text without a byte order mark, which Prisma's parser refuses. */
export function stripByteOrderMark(text: string): string {
  return text.startsWith(byteOrderMark) ? text.slice(1) : text;
}

/** Strings, line comments and block comments, whichever begins first. A string ends with its line at the latest. */
const tokenPattern = /"(?:\\.|[^"\\\r\n])*"?|\/\/[^\r\n]*|\/\*[\s\S]*?(?:\*\/|$)/g;

export function maskText(text: string): MaskedText {
  const code = text.replace(tokenPattern, (token) => (token.startsWith('"') ? token : blank(token)));
  const structure = text.replace(tokenPattern, (token) =>
    token.startsWith('"') && token.endsWith('"') && token.length > 1
      ? `"${blank(token.slice(1, -1))}"`
      : blank(token),
  );
  return { code, structure };
}

/** Blanks of the same length; line ends stay. */
export function blank(text: string): string {
  return text.replace(/[^\r\n]/g, ' ');
}
