import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { FileNames } from '../../src/export/file-names.ts';
import { mustRun } from '../e2e/rigs/rig.ts';
import { openSqliteRig } from '../e2e/rigs/sqlite-rig.ts';
import { documentOf, errorOf, leftovers } from '../support/cli.ts';

const texts = [
  'plain',
  '',
  null,
  'a,b',
  'say "hi"',
  'two\nlines',
  'cr\r\nlf',
  '=1+1',
  '-5',
  '@x',
  '\tx',
  "'",
  '漢字 😀',
  '\u2028',
  'a\u0000b',
];

async function openTexts(): Promise<ReturnType<typeof openSqliteRig>> {
  const rig = openSqliteRig();
  const quoted = texts.map((text) =>
    text === null ? 'NULL' : `CAST(x'${Buffer.from(text).toString('hex')}' AS TEXT)`,
  );
  await rig.execute(
    'CREATE TABLE "../odd/name" (id INTEGER PRIMARY KEY, "a ""b"", c" TEXT)',
    ...quoted.map((text, index) => `INSERT INTO "../odd/name" VALUES (${index + 1}, ${text})`),
    'CREATE TABLE numbers (n)',
    `INSERT INTO numbers VALUES (1), (1.5), (9223372036854775807), (9e999), (x'00ff'), ('12')`,
  );
  await mustRun(rig, 'backup');
  return rig;
}

/** The records of a CSV file as Python's own parser reads them. */
function parseCsv(file: string): string[][] {
  const script = `import csv, json, sys
csv.field_size_limit(1 << 30)
print(json.dumps(list(csv.reader(open(sys.argv[1], encoding='utf-8', newline=''), strict=True))))`;
  return JSON.parse(execFileSync('python3', ['-c', script, file], { encoding: 'utf8' }));
}

function readZip(file: string): Record<string, string> {
  execFileSync('unzip', ['-t', file]);
  const script = `import json, sys, zipfile
z = zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None
print(json.dumps({i.filename: z.read(i).decode('utf-8') for i in z.infolist()}))`;
  return JSON.parse(execFileSync('python3', ['-c', script, file], { encoding: 'utf8' }));
}

it('writes CSV that another parser reads as the same texts, NULL apart from the empty text', async () => {
  const rig = await openTexts();
  await mustRun(rig, 'export', 'latest', '--format', 'csv', '-o', 'out');
  const folder = path.join(rig.folder, 'out');
  expect(readdirSync(folder).sort()).toEqual(['_odd_name.csv', 'numbers.csv']);
  // Python 3.11 reads NUL like any other character.
  expect(parseCsv(path.join(folder, '_odd_name.csv'))).toEqual([
    ['id', 'a "b", c'],
    ...texts.map((text, index) => [String(index + 1), text ?? '']),
  ]);
  const lines = readFileSync(path.join(folder, '_odd_name.csv'), 'utf8').split('\r\n');
  expect([lines[2], lines[3]]).toEqual(['2,""', '3,']);
  expect(parseCsv(path.join(folder, 'numbers.csv')).flat()).toEqual([
    'n',
    '1',
    '1.5',
    '9223372036854775807',
    'Infinity',
    '00FF',
    '12',
  ]);
});

it('keeps texts from being formulas where that is asked for, and numbers as they are', async () => {
  const rig = await openTexts();
  await mustRun(rig, 'export', 'latest', '--format', 'csv', '--formula-safe', '-o', 'safe');
  const cells = parseCsv(path.join(rig.folder, 'safe/_odd_name.csv')).map((row) => row[1]);
  expect(cells).toEqual(expect.arrayContaining(["'=1+1", '-5', "'@x", "'\tx", 'plain']));
  expect(cells).not.toContain('=1+1');
});

it('writes one JSON object for each row, with exact values, into an archive', async () => {
  const rig = await openTexts();
  const result = documentOf(
    await mustRun(rig, 'export', 'latest', '--format', 'ndjson', '-o', 'out.zip', '--json'),
  );
  expect(result).toMatchObject({
    command: 'export',
    ok: true,
    rows: texts.length + 6,
    files: [{ file: '_odd_name.ndjson' }, { file: 'numbers.ndjson' }],
  });
  const files = readZip(path.join(rig.folder, 'out.zip'));
  const records = (name: string): unknown[] =>
    files[name]!.trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
  expect(records('_odd_name.ndjson')).toEqual(
    texts.map((text, index) => ({ id: index + 1, 'a "b", c': text })),
  );
  expect(records('numbers.ndjson')).toEqual([
    { n: 1 },
    { n: 1.5 },
    { n: { i: '9223372036854775807' } },
    { n: { r: 'Infinity' } },
    { n: { b: '00FF' } },
    { n: '12' },
  ]);
});

it('writes the history of runs as one more file, and only the tables that were asked for', async () => {
  const rig = await openTexts();
  await mustRun(
    rig,
    'export',
    'latest',
    '--format',
    'csv',
    '--only',
    'numbers',
    '--with-history',
    '-o',
    'h.zip',
  );
  const files = readZip(path.join(rig.folder, 'h.zip'));
  expect(Object.keys(files)).toEqual(['holdfast-history.csv', 'numbers.csv']);
  expect(files['holdfast-history.csv']).toMatch(/^run,command,.*\r\n[^\n]*,backup,.*succeeded/);
});

it('overwrites nothing, and leaves nothing when it fails', async () => {
  const rig = await openTexts();
  mkdirSync(path.join(rig.folder, 'full'));
  writeFileSync(path.join(rig.folder, 'full/mine'), 'x');
  for (const place of ['full', 'full/mine']) {
    const refused = await rig.run('export', 'latest', '--format', 'csv', '-o', place, '--json');
    expect(errorOf(refused).code).toBe('EXPORT.EXISTS');
  }
  const taken = await rig.run('export-sql', 'latest', '-o', 'full/mine', '--json');
  expect(errorOf(taken).code).toBe('EXPORT.EXISTS');
  const [snapshot] = readdirSync(path.join(rig.folder, 'backups')).filter((name) =>
    name.endsWith('.json.gz'),
  );
  const file = path.join(rig.folder, 'backups', snapshot!);
  const bytes = readFileSync(file);
  bytes[Math.floor(bytes.length / 2)]! ^= 1;
  writeFileSync(file, bytes);
  for (const [index, command] of [['export', '--format', 'csv'], ['export-sql']].entries()) {
    const [name, ...flags] = command;
    const output = `out-${index}${index === 0 ? '.zip' : '.sql.gz'}`;
    const damaged = await rig.run(name!, file, ...flags, '-o', output, '--json');
    expect([damaged.exitCode, documentOf(damaged)['ok']]).toEqual([2, false]);
    expect(existsSync(path.join(rig.folder, output))).toBe(false);
  }
  expect(leftovers(rig.folder)).toEqual([]);
});

it('makes file names of names that hold anything, each once on any file system', () => {
  const names = new FileNames();
  const given = [
    'Order',
    'order',
    '../../etc/passwd',
    'con',
    '',
    '漢字',
    'a/b',
    'a\\b',
    `${'n'.repeat(300)}`,
  ];
  expect(given.map((name) => names.next(name, '.csv'))).toEqual([
    'Order.csv',
    'order-2.csv',
    '_etc_passwd.csv',
    'table_con.csv',
    'table_.csv',
    '_.csv',
    'a_b.csv',
    'a_b-2.csv',
    `${'n'.repeat(80)}.csv`,
  ]);
});
