import { type Affinity, isNumeric } from './affinity.ts';

/** Integers that JSON readers keep exactly. */
const maxSafe = '9007199254740991';

/** Functions of SQLite take at most 1,000 arguments. */
const maxArguments = 900;

export interface CellSource {
  /** The column as SQL. */
  readonly sql: string;
  readonly affinity: Affinity;
  /** Computed when it is read: then it may carry a JSON subtype, with which it would not be encoded as text. */
  readonly isVirtual: boolean;
}

export interface CellOptions {
  /** Texts are stored as UTF-16: they come as `{"u":"hex"}` of their bytes (utf16-lines.ts). */
  readonly isUtf16: boolean;
}

/** A row line without its line feed, as an SQL expression. Texts that are not UTF-8 come as they are. */
export function lineSql(cells: readonly CellSource[], options: CellOptions): string {
  const groups: string[] = [];
  for (let start = 0; start === 0 || start < cells.length; start += maxArguments) {
    const group = cells.slice(start, start + maxArguments).map((cell) => cellSql(cell, options));
    groups.push(`json_array(${group.join(', ')})`);
  }
  if (groups.length === 1) return groups[0]!;
  // No cell ends or begins with a bracket, so only those of the arrays are trimmed.
  return `'[' || ${groups.map((group) => `trim(${group}, '[]')`).join(" || ',' || ")} || ']'`;
}

/**
 * Tests stand in the order of likelihood, and compare without affinity (`+`). A text is greater than every number, so
 * the ranges take numbers only. -0.0 equals 0 in every comparison; only `atan2` tells it.
 */
function cellSql({ sql, affinity, isVirtual }: CellSource, { isUtf16 }: CellOptions): string {
  const blob = `json_object('b', hex(${sql}))`;
  let text = isVirtual ? `concat(${sql})` : sql;
  if (isUtf16) text = `json_object('u', hex(CAST(${sql} AS BLOB)))`;
  const safeNumber =
    `WHEN +${sql} BETWEEN 1 AND ${maxSafe} THEN ${sql}` +
    ` WHEN +${sql} BETWEEN -${maxSafe} AND 0` +
    ` THEN CASE WHEN +${sql} = 0 AND atan2(${sql}, -1) < 0 THEN json_object('r', '-0.0') ELSE ${sql} END`;
  const otherNumber =
    `WHEN typeof(${sql}) = 'integer' THEN json_object('i', CAST(${sql} AS TEXT))` +
    ` WHEN +${sql} = 9e999 THEN json_object('r', 'Infinity')` +
    ` WHEN +${sql} = -9e999 THEN json_object('r', '-Infinity') ELSE ${sql} END`;
  if (isNumeric(affinity)) {
    return (
      `CASE ${safeNumber} WHEN ${sql} IS NULL THEN NULL` +
      ` WHEN typeof(${sql}) = 'text' THEN ${text} WHEN typeof(${sql}) = 'blob' THEN ${blob} ${otherNumber}`
    );
  }
  return (
    `CASE typeof(${sql}) WHEN 'text' THEN ${text} WHEN 'null' THEN NULL WHEN 'blob' THEN ${blob}` +
    ` ELSE CASE ${safeNumber} ${otherNumber} END`
  );
}

/**
 * The value of cell `index` of a row line, as an SQL expression over `value`, the line as JSONB.
 *
 * @param mayBeTagged some cell of this column is an object
 */
export function valueSql(index: number, { mayBeTagged }: { readonly mayBeTagged: boolean }): string {
  const plain = `value ->> ${index}`;
  if (!mayBeTagged) return plain;
  const tagged = (tag: string) => `(value ->> '$[${index}].${tag}')`;
  return (
    `CASE json_type(value, '$[${index}]') WHEN 'object' THEN coalesce(unhex(${tagged('b')}),` +
    ` CAST(unhex(${tagged('t')}) AS TEXT), CAST(${tagged('i')} AS INTEGER),` +
    ` CASE ${tagged('r')} WHEN 'Infinity' THEN 9e999 WHEN '-Infinity' THEN -9e999` +
    ` WHEN '-0.0' THEN CAST('-0.0' AS REAL) END) ELSE ${plain} END`
  );
}
