/** An identifier as SQL text. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A table of the application's database, never one of the temporary schema that hides it. */
export function quoteTable(name: string): string {
  return `main.${quoteName(name)}`;
}
