/** An identifier as it may stand in a statement, whatever characters it holds. */
export function quoteName(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

/** A string literal under the session's pinned sql_mode, in which the backslash escapes. */
export function quoteText(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&').replaceAll('\0', '\\0')}'`;
}

/** A list of string literals, for `IN (…)`. */
export function quoteTexts(texts: readonly string[]): string {
  return texts.map(quoteText).join(', ');
}
