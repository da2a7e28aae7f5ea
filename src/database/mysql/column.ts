import { AppError } from '../../errors.ts';
import { parseLabels, travelsAsNumber } from '../../snapshot/enumeration-labels.ts';
import type { CellEncoding, ColumnDefinition, KeyComparison } from '../../snapshot/table.ts';
import { isUtf8Charset, type SingleByteCharset } from './charset.ts';
import { quoteName } from './quote.ts';

/**
 * How the cells of a column are read and written.
 *
 * - `integer`: a bare number
 * - `numeric`: the text of an exact number, written without quotes
 * - `real`: the text of a double, written as one
 * - `plain`: a text of ASCII without characters that need an escape
 * - `text`: text, stored as UTF-8 or in the column's `charset`
 * - `label`: the text of an enumeration, written as the number of its label
 * - `labelNumber`: the number of an enumeration's label
 * - `bytes`: bytes
 * - `bit`: bytes, written as a number
 */
export type ColumnKind =
  | 'integer'
  | 'numeric'
  | 'real'
  | 'plain'
  | 'text'
  | 'label'
  | 'labelNumber'
  | 'bytes'
  | 'bit';

/** A column with what the engine needs to move its values. */
export interface MysqlColumn {
  readonly definition: ColumnDefinition;
  readonly kind: ColumnKind;
  /** The expression that yields the value exactly. */
  readonly expression: string;
  /** How text is stored that is not stored as UTF-8; null otherwise. */
  readonly charset: SingleByteCharset | null;
  readonly isAutoIncrement: boolean;
}

/** A row of information_schema.COLUMNS. */
export interface ColumnRow {
  readonly table: string;
  readonly name: string;
  readonly dataType: string;
  readonly columnType: string;
  readonly defaultValue: string | null;
  readonly isNullable: boolean;
  readonly charset: string | null;
  readonly collation: string | null;
  /** `auto_increment`, `INVISIBLE`, `VIRTUAL GENERATED`, `STORED GENERATED`, `DEFAULT_GENERATED` (MySQL) … */
  readonly extra: string;
}

const integerTypes = new Set(['tinyint', 'smallint', 'mediumint', 'int', 'year']);
const numericTypes = new Set(['bigint', 'decimal', 'float', 'double']);
const plainTypes = new Set(['date', 'datetime', 'timestamp', 'time', 'uuid', 'inet4', 'inet6']);
const byteTypes = new Set([
  ...['binary', 'varbinary', 'tinyblob', 'blob', 'mediumblob', 'longblob', 'vector'],
  ...['geometry', 'point', 'linestring', 'polygon', 'multipoint', 'multilinestring', 'multipolygon'],
  ...['geometrycollection', 'geomcollection'],
]);

interface Travel {
  readonly kind: ColumnKind;
  readonly encoding: CellEncoding;
  readonly comparison: KeyComparison;
  readonly expression?: string;
  readonly charset?: SingleByteCharset;
  readonly labels?: readonly string[];
  readonly type?: string;
}

/** @throws AppError DATABASE.UNSUPPORTED for a type whose values are not known to travel exactly */
export function describeColumn(
  row: ColumnRow,
  charsets: ReadonlyMap<string, SingleByteCharset>,
): MysqlColumn {
  const travel = describeTravel(row, charsets);
  const isGenerated = /\b(VIRTUAL|STORED|PERSISTENT)\b/i.test(row.extra);
  const isAutoIncrement = /\bauto_increment\b/i.test(row.extra);
  const hasDefault = row.defaultValue !== null && row.defaultValue !== 'NULL';
  return {
    definition: {
      name: row.name,
      type: travel.type ?? row.columnType,
      encoding: travel.encoding,
      nullable: row.isNullable,
      generated: isGenerated,
      hasDefault: hasDefault || isAutoIncrement || isGenerated,
      comparison: travel.comparison,
      ...(travel.labels === undefined ? {} : { labels: travel.labels }),
    },
    kind: travel.kind,
    expression: travel.expression ?? quoteName(row.name),
    charset: travel.charset ?? null,
    isAutoIncrement,
  };
}

function describeTravel(row: ColumnRow, charsets: ReadonlyMap<string, SingleByteCharset>): Travel {
  const type = row.dataType.toLowerCase();
  if (integerTypes.has(type)) return { kind: 'integer', encoding: 'integer', comparison: 'exact' };
  if (numericTypes.has(type)) return describeNumber(row, type);
  if (plainTypes.has(type)) return { kind: 'plain', encoding: 'text', comparison: 'exact' };
  if (byteTypes.has(type)) return { kind: 'bytes', encoding: 'bytes', comparison: 'exact' };
  if (type === 'bit') return { kind: 'bit', encoding: 'bytes', comparison: 'exact' };
  // MySQL's own JSON type has no character set in the catalogue; its text is UTF-8.
  if (type === 'json') return { kind: 'text', encoding: 'text', comparison: 'exact' };
  if (row.charset === null) {
    throw new AppError(
      'DATABASE.UNSUPPORTED',
      `Cannot read table ${row.table}: the type ${row.columnType} of its column ${row.name} is not known`,
      { hint: 'Report the type, with the version of the server, to the makers of Holdfast' },
    );
  }
  if (type === 'enum' || type === 'set')
    return describeLabels({ ...row, charset: row.charset }, type, charsets);
  return describeText({ ...row, charset: row.charset }, charsets);
}

/**
 * FLOAT prints six digits and a fixed number of decimals rounds what is printed, so both are asked for as DOUBLE, whose
 * text reads back to the bit.
 */
function describeNumber(row: ColumnRow, type: string): Travel {
  const isFormatted = /[(]|zerofill/i.test(row.columnType);
  const needsDouble = type === 'float' || (type === 'double' && isFormatted);
  const isCanonical = type === 'bigint' && !/zerofill/i.test(row.columnType);
  return {
    kind: type === 'float' || type === 'double' ? 'real' : 'numeric',
    encoding: 'text',
    comparison: isCanonical ? 'exact' : 'number',
    ...(needsDouble ? { expression: `${quoteName(row.name)} + 0e0` } : {}),
  };
}

function describeText(
  row: ColumnRow & { readonly charset: string },
  charsets: ReadonlyMap<string, SingleByteCharset>,
): Travel {
  const comparison = describeCollation(row.collation ?? '');
  if (isUtf8Charset(row.charset)) return { kind: 'text', encoding: 'text', comparison };
  const charset = charsets.get(row.charset);
  if (charset !== undefined) return { kind: 'text', encoding: 'text', comparison, charset };
  return {
    kind: 'bytes',
    encoding: 'bytes',
    comparison,
    type: `${row.columnType} character set ${row.charset}`,
  };
}

/**
 * Labels travel as text, or as the label's number where the text does not say which label it is.
 */
function describeLabels(
  row: ColumnRow & { readonly charset: string },
  type: 'enum' | 'set',
  charsets: ReadonlyMap<string, SingleByteCharset>,
): Travel {
  const labels = parseLabels(row.columnType);
  const charset = charsets.get(row.charset);
  const isReadable = isUtf8Charset(row.charset) || charset !== undefined;
  // A SET is written as text, which the server compares with the labels by the column's collation.
  const isExact = type === 'enum' || (row.collation ?? '').endsWith('_bin');
  const isPlain = isReadable && !travelsAsNumber(labels, { isExact });
  if (!isPlain) {
    const expression = `${quoteName(row.name)} + 0`;
    if (type === 'enum') return { kind: 'labelNumber', encoding: 'integer', comparison: 'exact', expression };
    return { kind: 'numeric', encoding: 'text', comparison: 'exact', expression };
  }
  const text = { encoding: 'text', comparison: 'exact', ...(charset && { charset }) } as const;
  return type === 'enum' ? { ...text, kind: 'label', labels } : { ...text, kind: 'text' };
}

/** Collations but the binary ones are taken for the coarsest; nobody says exactly what each of them ignores. */
function describeCollation(collation: string): KeyComparison {
  if (collation === 'binary' || /_nopad_bin$|_0900_bin$/.test(collation)) return 'exact';
  if (collation.endsWith('_bin')) return 'trailing-spaces';
  return 'ignore-case-and-accents';
}
