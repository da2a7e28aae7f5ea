import type { SnapshotTable } from '../snapshot/header.ts';
import { asBytes, tagOf, textOf } from './row-cells.ts';

export type FormatName = 'csv' | 'ndjson';

/** How the rows of one table become the lines of a file. Texts are bytes (latin1), as the cells are. */
export interface RecordLines {
  /** In front of the rows. */
  readonly head: string;
  line(cells: readonly string[]): string;
}

export interface FormatOptions {
  /** Of CSV: put an apostrophe in front of what a spreadsheet would take for a formula. */
  readonly formulaSafe: boolean;
}

export interface RecordFormat {
  readonly ending: string;
  createLines(table: SnapshotTable, options: FormatOptions): RecordLines;
}

export const recordFormats: Readonly<Record<FormatName, RecordFormat>> = {
  csv: { ending: '.csv', createLines: createCsvLines },
  ndjson: { ending: '.ndjson', createLines: createJsonLines },
};

/** The fields of the model, where every column has one of its own; else the names in the database. */
function recordNames({ columns }: SnapshotTable): readonly string[] {
  const names = columns.map(({ name, field }) => field ?? name);
  return new Set(names).size === names.length ? names : columns.map(({ name }) => name);
}

/** RFC 4180; NULL is an empty field without quotes, an empty text is `""`. */
function createCsvLines(table: SnapshotTable, { formulaSafe }: FormatOptions): RecordLines {
  const names = recordNames(table).map((name) => csvText(asBytes(name), formulaSafe));
  return {
    head: `${names.join(',')}\r\n`,
    line(cells) {
      let line = '';
      for (let index = 0; index < cells.length; index++) {
        line += (index === 0 ? '' : ',') + csvCell(cells[index]!, formulaSafe);
      }
      return `${line}\r\n`;
    },
  };
}

function csvCell(token: string, formulaSafe: boolean): string {
  if (token === 'null') return '';
  if (token.startsWith('"')) return csvText(textOf(token), formulaSafe);
  return tagOf(token)?.content ?? token;
}

/** Characters with which a spreadsheet takes a cell for a formula; the last four are ＝ ＋ － ＠ in UTF-8. */
const formulaStart = /^(?:[=+\-@\t\r\0]|\xef\xbc[\x9d\x8b\x8d\xa0])/;
const plainNumber = /^[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i;

function csvText(text: string, formulaSafe: boolean): string {
  const isFormula = formulaSafe && formulaStart.test(text) && !plainNumber.test(text);
  const safe = isFormula ? `'${text}` : text;
  return safe === '' || /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** One JSON object for each row; values stand as docs/FORMAT.md says, so that none is rounded. */
function createJsonLines(table: SnapshotTable): RecordLines {
  const keys = recordNames(table).map((name) => `${asBytes(JSON.stringify(name))}:`);
  return {
    head: '',
    line(cells) {
      let line = '{';
      for (let index = 0; index < cells.length; index++) {
        line += (index === 0 ? '' : ',') + keys[index]! + cells[index]!;
      }
      return `${line}}\n`;
    },
  };
}
