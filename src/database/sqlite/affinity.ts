/** What SQLite does to a value that is stored in a column: https://www.sqlite.org/datatype3.html#type_affinity */
export type Affinity = 'integer' | 'text' | 'blob' | 'real' | 'numeric';

/** The affinity of a column by its declared type. */
export function affinityOf(type: string, { isStrict }: { readonly isStrict: boolean }): Affinity {
  const upper = type.toUpperCase();
  if (isStrict && upper === 'ANY') return 'blob';
  if (upper.includes('INT')) return 'integer';
  if (/CHAR|CLOB|TEXT/.test(upper)) return 'text';
  if (upper === '' || upper.includes('BLOB')) return 'blob';
  if (/REAL|FLOA|DOUB/.test(upper)) return 'real';
  return 'numeric';
}

/** True for columns in which texts that look like numbers become numbers. */
export function isNumeric(affinity: Affinity): boolean {
  return affinity === 'integer' || affinity === 'real' || affinity === 'numeric';
}
