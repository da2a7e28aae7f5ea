import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { documentOf, errorOf, leftovers, runCli } from '../support/cli.ts';
import { sqliteSeeded } from '../support/integrity/dialects.ts';
import { type ExpectedFinding, SeededShop, soundRows } from '../support/integrity/seeded.ts';
import { type AppDatabase, sqliteApp } from '../support/operations/database.ts';

let database: AppDatabase;
let shop: SeededShop;

beforeAll(async () => {
  database = await sqliteApp.create('data');
  await database.run(...sqliteSeeded.tables, ...soundRows);
  await database.run(
    'UPDATE orders SET parent_id = 77 WHERE id IN (2, 3, 4)',
    "UPDATE customers SET level = 'lost' WHERE id = 2",
    'UPDATE order_lines SET quantity = -2, unit_price = -3.75 WHERE order_id = 2 AND number = 1',
    "INSERT INTO tags (label) VALUES ('NEW')",
  );
  shop = new SeededShop(database, sqliteSeeded);
});
afterAll(() => database.drop());

const orphan: ExpectedFinding = { check: 'orphans', model: 'Order', field: 'parentId', count: 3 };
const label: ExpectedFinding = { check: 'unknown-enum-value', model: 'Customer', field: 'level', count: 1 };
const negative: ExpectedFinding = { check: 'negative-quantity', model: 'Line', field: 'quantity', count: 1 };
const usual = { rules: [] };

describe('holdfast validate data', () => {
  it('prints the worst first, with rows, advice and a statement that shows them', async () => {
    shop.configure(usual);
    const { exitCode, stdout } = await shop.run('validate', 'data', '--sample', '2');
    expect(exitCode).toBe(4);
    expect(stdout).toContain(
      [
        'error orphans: 3 rows of Order: Order.parentId names no existing Order',
        '    id=2, parentId=77',
        '    id=3, parentId=77',
        '    and 1 more',
      ].join('\n'),
    );
    const sql = /To look at them: (SELECT .*LEFT JOIN main\."orders".*;)\n/.exec(stdout)?.[1];
    expect((await database.rows(sql!)).map(([id]) => Number(id))).toEqual([2, 3, 4]);
    expect(stdout.indexOf('warning negative-quantity')).toBeGreaterThan(stdout.indexOf('error unknown-enum'));
    expect(stdout).toMatch(/\n2 errors and 1 warning in .*data\.db: \d+ checks over 6 tables/);
  });

  it('has one document with what was checked and what was found', async () => {
    const document = documentOf(await shop.run('validate', 'data', '--json'));
    expect(document).toMatchObject({
      command: 'validate data',
      ok: false,
      database: { provider: 'sqlite', host: null },
      snapshot: null,
      counts: { tables: 6, findings: 3, errors: 2, warnings: 1, unfinished: 0 },
    });
    const { checked, findings } = document as { checked: object[]; findings: { sql: string }[] };
    expect(checked).toContainEqual({
      ...{ check: 'orphans', model: 'Order', table: 'orders', field: 'parentId' },
      ...{ ms: expect.any(Number), timedOut: false },
    });
    expect(findings[0]).toMatchObject({ ...label, samples: ['id=2, level=lost'], rule: null });
  });

  it.each([
    [['--only', 'Order'], [orphan]],
    [
      ['--only', 'customers,Line'],
      [negative, label],
    ],
    [['--check', 'negative-quantity,duplicates'], [negative]],
    [['--check', 'rule'], []],
    [
      ['--check', 'duplicates', '--case-insensitive'],
      [{ check: 'duplicates', model: 'Tag', field: 'label', count: 1 }],
    ],
  ])('checks only what it was asked for: %j', async (argv, expected) => {
    expect(await shop.findings(...argv)).toEqual(expected);
  });

  it('fails on errors only where that is enough', async () => {
    const only = ['validate', 'data', '--check', 'negative-quantity'];
    expect((await shop.run(...only)).exitCode).toBe(4);
    expect((await shop.run(...only, '--fail-on', 'error')).exitCode).toBe(0);
    expect((await shop.run('validate', 'data', '--fail-on', 'error')).exitCode).toBe(4);
  });

  it('needs no database for a snapshot, and leaves nothing behind', async () => {
    const snapshot = await shop.backUp('kept');
    const found = await runCli(['validate', 'data', 'kept', '--json'], { cwd: shop.folder });
    expect(documentOf(found)).toMatchObject({
      snapshot: { name: 'kept', path: snapshot },
      counts: { findings: 3 },
    });
    expect(leftovers(shop.folder)).toEqual([]);
  });
});

describe('the checks in holdfast.config.json', () => {
  it('are turned off, turned down, and kept from models and fields', async () => {
    shop.configure({
      rules: [],
      checks: {
        orphans: { ignore: ['Order.parentId'] },
        'unknown-enum-value': 'warning',
        'negative-quantity': 'off',
        duplicates: { caseInsensitive: true },
      },
    });
    const { findings } = documentOf(await shop.run('validate', 'data', '--json')) as {
      findings: { check: string; severity: string }[];
    };
    expect(findings.map(({ check, severity }) => [check, severity])).toEqual([
      ['duplicates', 'error'],
      ['unknown-enum-value', 'warning'],
    ]);
  });

  it('warn of a place that does not exist', async () => {
    shop.configure({ rules: [], checks: { orphans: { ignore: ['Order.parentID'] } } });
    const { stdout } = await shop.run('validate', 'data', '--check', 'orphans');
    expect(stdout).toContain(
      "'Order.parentID' under 'checks.orphans.ignore' names nothing; did you mean 'Order.parentId'?",
    );
  });

  it('are refused all at once where they make no sense', async () => {
    shop.configure({
      checks: { orphan: 'off', duplicates: 'of', 'implausible-date': { earliest: 'long ago' } },
      rules: [{ rule: 'Order.total >= 0', tolerence: 1 }, 7],
    });
    const { code, message } = errorOf(await shop.run('validate', 'data', '--json'));
    expect(code).toBe('CONFIG.SETTING');
    for (const problem of [
      "'checks.orphan' is unknown; did you mean 'orphans'?",
      "'checks.duplicates': expected off, error, warning",
      "'checks.implausible-date.earliest': expected a date",
      "'rules[0].tolerence' is unknown; did you mean 'tolerance'?",
      "'rules[1]': expected a rule",
    ]) {
      expect(message).toContain(problem);
    }
  });

  it('do not keep another command from running', async () => {
    shop.configure({ checks: 7, rules: 'none' });
    expect((await shop.run('list')).exitCode).toBe(0);
  });
});

describe('business rules', () => {
  it('compare decimals exactly, where doubles would not', async () => {
    shop.configure({ rules: ['Order.total = sum(lines.quantity * lines.unitPrice)'] });
    expect(await shop.findings('--check', 'rule', '--only', 'Order')).toEqual([
      { check: 'rule', model: 'Order', field: 'total', count: 1 },
    ]);
    // Order 1 is 3 × 0.10 = 0.30: without exact arithmetic it would be a finding too.
    const naive = await database.rows(
      'SELECT o.id FROM orders AS o WHERE o.total <> (SELECT sum(l.quantity * l.unit_price) FROM order_lines AS l WHERE l.order_id = o.id)',
    );
    expect(naive.map(([id]) => Number(id))).toContain(1);
  });

  it('may be broken by as much as the tolerance says', async () => {
    shop.configure({
      rules: [{ name: 'near', rule: 'Order.total = sum(lines.quantity * lines.unitPrice)', tolerance: '30' }],
    });
    expect(await shop.findings('--check', 'rule')).toEqual([]);
  });

  it('show the place of a fault under the rule', async () => {
    shop.configure({ rules: ['Order.totl >= 0'] });
    const { exitCode, stderr } = await shop.run('validate', 'data');
    expect(exitCode).toBe(2);
    expect(stderr).toContain(
      [
        "holdfast: Cannot understand rules[0] in holdfast.config.json: Order has no field 'totl'; did you mean 'total'? [RULE.SYNTAX]",
        '  Order.totl >= 0',
        '        ^^^^',
      ].join('\n'),
    );
  });
});

describe('the findings as SARIF', () => {
  it('are a log that names the lines of the schema', async () => {
    shop.configure(usual);
    const { stdout, exitCode } = await shop.run('validate', 'data', '--sarif');
    expect(exitCode).toBe(4);
    const log = JSON.parse(stdout);
    expect(log).toMatchObject({ version: '2.1.0', $schema: expect.stringContaining('sarif-2.1.0') });
    const [run] = log.runs;
    expect(run.tool.driver).toMatchObject({ name: 'holdfast', version: expect.any(String) });
    for (const result of run.results) expect(run.tool.driver.rules[result.ruleIndex].id).toBe(result.ruleId);
    const found = run.results.find((result: { ruleId: string }) => result.ruleId === 'orphans');
    const { uri } = found.locations[0].physicalLocation.artifactLocation;
    const { startLine } = found.locations[0].physicalLocation.region;
    const lines = readFileSync(path.join(shop.folder, uri), 'utf8').split('\n');
    expect([found.level, uri, lines[startLine - 1]]).toEqual([
      'error',
      'prisma/schema.prisma',
      expect.stringContaining('parentId '),
    ]);
  });

  it('go into a file, and the text is printed', async () => {
    const { stdout } = await shop.run('validate', 'data', '--sarif', 'out.sarif');
    expect(stdout).toContain('2 errors and 1 warning');
    expect(JSON.parse(readFileSync(path.join(shop.folder, 'out.sarif'), 'utf8')).runs).toHaveLength(1);
  });
});

describe('a wrong command line of validate data', () => {
  it.each([
    [['--only', 'Ordr'], 'Did you mean Order?'],
    [['--check', 'orphan'], 'Did you mean orphans?'],
    [['--sample', 'many'], '--help'],
    [['--timeout', 'long'], '--help'],
    [['--sarif', '--json'], 'Name a file'],
    [['latest', '--to', 'backup'], 'Leave out'],
  ])('is refused with advice: %j', async (argv, advice) => {
    shop.configure(usual);
    await ensureSnapshot();
    const { code, hint } = errorOf(await shop.run('validate', 'data', ...argv, '--json'));
    expect([code, hint]).toEqual(['USAGE', expect.stringContaining(advice)]);
  });
});

async function ensureSnapshot(): Promise<void> {
  if (!existsSync(path.join(shop.folder, 'backups/kept.json.gz'))) await shop.backUp('kept');
}
