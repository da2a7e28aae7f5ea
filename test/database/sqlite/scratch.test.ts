import { mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openScratch } from '../../../src/database/sqlite/scratch.ts';
import type { CheckQuery, Condition, ValueKind } from '../../../src/ports/check-query.ts';
import type { ScratchDatabase } from '../../../src/ports/database.ts';
import type { SnapshotTable } from '../../../src/snapshot/header.ts';
import type { CellEncoding, Provider } from '../../../src/snapshot/table.ts';
import { makeTempFolder } from '../../support/sqlite.ts';

const usual = process.env['TMPDIR'];
let folder: string;
let scratch: ScratchDatabase | null = null;

beforeEach(() => {
  folder = path.join(makeTempFolder(), 'tmp');
  mkdirSync(folder);
  process.env['TMPDIR'] = folder;
});
afterEach(async () => {
  if (usual === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = usual;
  await scratch?.close();
});

/** One column of cells, as they stand in a snapshot. */
async function load(
  provider: Provider,
  cells: readonly string[],
  column: { type: string; encoding: CellEncoding },
) {
  const table: SnapshotTable = {
    schema: null,
    name: 't',
    model: null,
    columns: [
      { name: 'left out', type: 'text', encoding: 'text', nullable: true, generated: false, field: null },
      { name: 'v', ...column, nullable: true, generated: false, field: null },
    ],
  };
  const bytes = Buffer.from(cells.map((cell) => `["\\u0000x",${cell}]\n`).join(''));
  scratch = await openScratch(provider);
  await scratch.load(
    table,
    ['v'],
    (async function* () {
      yield { bytes, rows: cells.length };
    })(),
  );
  return scratch;
}

const table = { schema: null, name: 't' };
const options = { timeoutMs: 60_000, samples: 9 };

function compared(operator: '<' | '=' | '>', kind: ValueKind, value: string): CheckQuery {
  const left = { is: 'column', column: 'v', kind } as const;
  const constantKind = kind === 'instant' ? 'instant' : 'decimal';
  const where: Condition = {
    is: 'comparison',
    operator,
    left,
    right: { is: 'constant', kind: constantKind, value },
    tolerance: null,
  };
  return { is: 'rows', table, where, show: [{ label: 'v', value: left }] };
}

describe('a scratch database', () => {
  it('has no name in the file system while it is used', async () => {
    const open = await load('sqlite', Array(5000).fill('"some text that takes its room"'), {
      type: 'TEXT',
      encoding: 'cell',
    });
    expect(await open.check({ is: 'count', table }, options)).toEqual({ count: 5000, samples: [] });
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each([
    [
      'integers beyond what a double holds',
      'bigint',
      'text',
      ['"9007199254740993"'],
      '9007199254740992',
      '>',
    ],
    ['decimals by their value', 'numeric(10,2)', 'text', ['"1.10"', '"1.1"'], '1.1', '='],
    ['decimals beyond what a double holds', 'numeric', 'text', ['"0.30000000000000004"'], '0.3', '>'],
    ['money without its sign', 'money', 'text', ['"-$1,234.50"'], '-1234.5', '='],
    ['integers of SQLite', 'INTEGER', 'cell', ['{"i":"9223372036854775807"}'], '9223372036854775806', '>'],
    ['reals of SQLite', 'REAL', 'cell', ['1.5', '1.50e0'], '1.5', '='],
    ['numbers stored as text', 'TEXT', 'cell', ['"007.50"'], '7.5', '='],
  ] as const)('compares %s', async (_what, type, encoding, cells, value, operator) => {
    const open = await load('postgresql', cells, { type, encoding });
    expect((await open.check(compared(operator, 'decimal', value), options)).count).toBe(cells.length);
  });

  it('compares instants in whatever form they are stored', async () => {
    const cells = ['"2025-01-01T00:00:00.000Z"', '1735689600000', '"2025-01-01 01:00:00+01"', '"2025-01-01"'];
    const open = await load('sqlite', cells, { type: 'DATETIME', encoding: 'cell' });
    const instant = '2025-01-01T00:00:00.000Z';
    expect((await open.check(compared('=', 'instant', instant), options)).count).toBe(4);
    expect((await open.check(compared('<', 'instant', '2024-12-31T23:59:59.999Z'), options)).count).toBe(0);
  });

  it('takes padded texts and numbers of another form for the same value, and other case for another one', async () => {
    const query = (kind: ValueKind, ignoreCase = false): CheckQuery => ({
      ...{ is: 'duplicates', table, ignoreCase },
      columns: [{ column: 'v', label: 'v', kind }],
    });
    const padded = await load('postgresql', ['"a  "', '"a "', '"A"'], {
      type: 'character(3)',
      encoding: 'text',
    });
    expect((await padded.check(query('text'), options)).samples).toEqual([['a', '2']]);
    expect((await padded.check(query('text', true), options)).samples).toEqual([['a', '3']]);
    await padded.close();
    const texts = await load('mysql', ['"a"', '"A"', 'null', 'null'], {
      type: 'varchar(9)',
      encoding: 'text',
    });
    expect((await texts.check(query('text'), options)).count).toBe(0);
  });
});
