/** Rows of texts as aligned columns, safe to print; `right` names the columns that hold numbers. */
export function formatTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[] = [],
): string {
  const safeRows = rows.map((row) => row.map(printable));
  const widths = head.map((title, column) =>
    safeRows.reduce((width, row) => Math.max(width, row[column]?.length ?? 0), title.length),
  );
  const format = (cells: readonly string[]): string =>
    cells
      .map((cell, column) =>
        right.includes(column) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
      )
      .join('  ')
      .trimEnd();
  return [head, ...safeRows].map(format).join('\n');
}

/** A text from a database or a file, safe to print: control characters are shown, not obeyed. */
export function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, (char) => {
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
