import type { SnapshotColumn } from '../../snapshot/header.ts';
import type { CellEncoding, Provider } from '../../snapshot/table.ts';
import { formatDecimal, parseDecimal } from '../../util/decimal.ts';

/** A column of a snapshot and how its cells are stored in the scratch database. */
export interface ScratchCell {
  readonly name: string;
  /** Where it stands in the row line. */
  readonly index: number;
  readonly encoding: CellEncoding;
  readonly form: 'number' | 'padded' | 'as it is';
  readonly collation: 'BINARY' | 'NOCASE';
}

/** Values that SQLite can store, as its driver takes them. */
type Stored = bigint | number | string | Buffer | null;

const numberTypes =
  /^(?:bigint|int8|integer|smallint|numeric|decimal|dec|double|real|float|money|tinyint|mediumint|int)\b/i;
const paddedTypes = /^(?:character\(|bpchar)/i;
/** Servers whose texts are the same in upper and lower case, unless a column says otherwise. */
const caseless: Readonly<Record<Provider, boolean>> = { sqlite: false, postgresql: false, mysql: true };
const textTypes = /^(?:var)?char|^(?:tiny|medium|long)?text|^enum/i;
const [lowest, highest] = [-(2n ** 63n), 2n ** 63n - 1n];
const wholeNumber = /^-?\d{1,19}$/;

export function scratchCellOf(column: SnapshotColumn, index: number, provider: Provider): ScratchCell {
  const { name, type, encoding } = column;
  const isText = encoding === 'text';
  const isCaseless =
    (isText && caseless[provider] && textTypes.test(type)) || (isText && /\bcitext\b/.test(type));
  return {
    name,
    index,
    encoding,
    form: isText ? formOf(type) : 'as it is',
    collation: isCaseless ? 'NOCASE' : 'BINARY',
  };
}

function formOf(type: string): ScratchCell['form'] {
  // An array prints as text, whatever its elements are.
  if (type.endsWith('[]')) return 'as it is';
  if (numberTypes.test(type)) return 'number';
  return paddedTypes.test(type) ? 'padded' : 'as it is';
}

/** Reads the JSON token of a cell. Equal numbers, whatever their text, become equal values. */
export function readScratchCell(
  bytes: Buffer,
  [start, end]: readonly [number, number],
  { encoding, form }: ScratchCell,
): Stored {
  const token = bytes.toString('utf8', start, end);
  if (token === 'null') return null;
  switch (encoding) {
    case 'integer':
      return BigInt(token);
    case 'boolean':
      return token === 'true' ? 1n : 0n;
    case 'bytes':
      return Buffer.from(token.slice(1, -1), 'hex');
    case 'cell':
      return readCell(token);
    case 'text':
      return storeText(JSON.parse(token) as string, form);
  }
}

function storeText(text: string, form: ScratchCell['form']): Stored {
  if (form === 'padded') return text.trimEnd();
  if (form === 'as it is') return text;
  // `money` prints a sign of the currency and groups of thousands.
  const number = parseDecimal(text.replace(/[$,]/g, ''));
  return number === null ? text : storeInteger(formatDecimal(number));
}

function storeInteger(text: string): Stored {
  if (!wholeNumber.test(text)) return text;
  const value = BigInt(text);
  return value >= lowest && value <= highest ? value : text;
}

function readCell(token: string): Stored {
  if (token.startsWith('"')) return JSON.parse(token) as string;
  if (!token.startsWith('{')) return /[.eE]/.test(token) ? Number(token) : BigInt(token);
  const content = token.slice(6, -2);
  switch (token[2]) {
    case 'i':
      return BigInt(content);
    case 'r':
      return Number(content);
    default:
      return Buffer.from(content, 'hex');
  }
}
