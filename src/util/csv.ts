/** Characters with which a spreadsheet takes a cell for a formula, or for something else than text. */
const formulaStart = /^[=+\-@\t\r\0＝＋－＠]/;

/**
 * Rows as CSV (RFC 4180): lines end with CRLF, quotes are doubled. A cell that a spreadsheet would take for a formula
 * gets an apostrophe in front of it.
 */
export function formatCsv(rows: readonly (readonly (string | number | null)[])[]): string {
  return rows.map((row) => `${row.map(formatCell).join(',')}\r\n`).join('');
}

function formatCell(cell: string | number | null): string {
  if (cell === null) return '';
  const text = typeof cell === 'string' && formulaStart.test(cell) ? `'${cell}` : String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
