import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type Form, forms, sampleSnapshot, sampleTable, saveSnapshot } from '../support/snapshots.ts';
import { useTempFolder } from '../support/temp-folder.ts';

const run = promisify(execFile);
const folder = useTempFolder();

/** The last script of docs/FORMAT.md. */
async function extractScript(): Promise<string> {
  const document = await readFile(path.join(import.meta.dirname, '../../docs/FORMAT.md'), 'utf8');
  const blocks = [...document.matchAll(/^```js\n([\s\S]*?)^```$/gm)].map((match) => match[1]!);
  expect(blocks).toHaveLength(1);
  return blocks[0]!;
}

/** The CSV files that the script makes of a snapshot, by name. */
async function convert(
  sample: Parameters<typeof saveSnapshot>[1],
  form: Form,
): Promise<Record<string, string>> {
  const work = await mkdtemp(path.join(folder, 'run-'));
  await writeFile(path.join(work, 'snapshot-to-csv.mjs'), await extractScript());
  await saveSnapshot(path.join(work, `shop${form}`), sample, form);
  // The command line of the document, in a folder without packages.
  await run(process.execPath, ['snapshot-to-csv.mjs', `shop${form}`, 'out/csv'], { cwd: work });
  const names = (await readdir(path.join(work, 'out/csv'))).sort();
  const files = names.map(async (name) => [name, await readFile(path.join(work, 'out/csv', name), 'utf8')]);
  return Object.fromEntries(await Promise.all(files));
}

/** The fields of CSV text, by RFC 4180; null where a field is empty without quotes. */
function parseCsv(text: string): (string | null)[][] {
  const rows: (string | null)[][] = [];
  let row: (string | null)[] = [];
  for (const [, quoted, end] of text.matchAll(/(?:"((?:[^"]|"")*)")?(,|\r\n)/g)) {
    row.push(quoted?.replaceAll('""', '"') ?? null);
    if (end === ',') continue;
    rows.push(row);
    row = [];
  }
  return rows;
}

describe('the script of docs/FORMAT.md', () => {
  it('is about 20 lines long and needs nothing but Node', async () => {
    const script = await extractScript();
    expect(script.split('\n').filter((line) => line !== '').length).toBeLessThan(30);
    expect([...script.matchAll(/from '(.*)'/g)].map((match) => match[1])).toEqual([
      'node:fs',
      'node:path',
      'node:zlib',
    ]);
  });

  it.each(forms)('turns a %s snapshot into one CSV file per table, with safe names', async (form) => {
    const files = await convert(sampleSnapshot(), form);
    expect(Object.keys(files)).toEqual(['1-product.csv', '2-__proto__.csv', '3-sales_line__item___--.csv']);
    expect(parseCsv(files['1-product.csv']!)).toEqual([
      ['id', 'name', 'sold', 'photo', 'extra'],
      ['1', 'Nail, 3" \\ \0 \n', 'true', '00fF', '{"b":"DEADBEEF"}'],
      ['-9007199254740991', 'žluťoučký 🐎 \u2028', 'false', '', '{"i":"9223372036854775807"}'],
      [null, null, null, null, null],
      ['0', '', 'true', null, '{"r":"-0.0"}'],
      ['7', ']}', 'false', null, '1.5e-7'],
    ]);
    expect(files['2-__proto__.csv']).toBe('"constructor"\r\n');
    expect(parseCsv(files['3-sales_line__item___--.csv']!)).toEqual([
      ['a,b'],
      ['{"end":{"offset":"0"}}'],
      ['[]'],
    ]);
  });

  it.each(forms)('reads every row of a large %s snapshot, whatever its length', async (form) => {
    const long = 'ž"\u2029'.repeat(3_000_000);
    const lines = Array.from({ length: 50_000 }, (_, index) => `[${index},"row ${index}"]`);
    lines.splice(25_000, 0, `[-1,${JSON.stringify(long)}]`);
    const table = sampleTable('many', { n: 'integer', text: 'text' });
    const files = await convert(sampleSnapshot({ tables: [{ table, lines }] }), form);
    const rows = files['1-many.csv']!.split('\r\n');
    expect(rows).toHaveLength(50_003);
    expect(rows[25_001]).toBe(`"-1","${long.replaceAll('"', '""')}"`);
    expect(rows[50_001]).toBe('"49999","row 49999"');
  });

  it('leaves files that are there already alone', async () => {
    const work = await mkdtemp(path.join(folder, 'taken-'));
    await writeFile(path.join(work, 'script.mjs'), await extractScript());
    await saveSnapshot(path.join(work, 'shop.json'), sampleSnapshot(), '.json');
    await writeFile(path.join(work, '1-product.csv'), 'mine');
    await expect(run(process.execPath, ['script.mjs', 'shop.json', '.'], { cwd: work })).rejects.toThrow(
      'EEXIST',
    );
    expect(await readFile(path.join(work, '1-product.csv'), 'utf8')).toBe('mine');
  });

  it('fails on a snapshot that was cut', async () => {
    const work = await mkdtemp(path.join(folder, 'cut-'));
    await writeFile(path.join(work, 'script.mjs'), await extractScript());
    await saveSnapshot(path.join(work, 'shop.json.gz'), sampleSnapshot(), '.json.gz');
    const bytes = await readFile(path.join(work, 'shop.json.gz'));
    await writeFile(path.join(work, 'cut.json.gz'), bytes.subarray(0, 700));
    await expect(
      run(process.execPath, ['script.mjs', 'cut.json.gz', 'out'], { cwd: work }),
    ).rejects.toThrow();
  });
});
