import { describe, expect, it } from 'vitest';
import type { Report } from '../../../src/export/report.ts';
import { renderReport } from '../../../src/export/report-html/page.ts';
import { formatBytes, formatCount } from '../../../src/util/bytes.ts';
import {
  checkedData,
  emptyReport,
  exampleFindings,
  finding,
  growingReport,
} from '../../support/report/example.ts';

/** The text of the page as a reader sees it, without what the drawings say when they are pointed at. */
function textOf(page: string): string {
  return page
    .replace(/<style>[\s\S]*?<\/style>|<title>[\s\S]*?<\/title>/g, '')
    .replace(/<[^>]*>/g, ' ')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .replace(/\s+/g, ' ');
}

const canary = `"><img src=x onerror=alert(1)><script>alert('x')</script>' onload='alert(2)`;

function spoil<T>(value: T): T {
  if (typeof value === 'string') return `${value}${canary}` as T;
  if (Array.isArray(value)) return value.map(spoil) as T;
  return value;
}

/** A report in which every text that comes from outside is hostile. */
function hostileReport(): Report {
  const report = growingReport({ snapshots: 3, models: 2, nameOf: (index) => `${canary}${index}` });
  const findings = exampleFindings.map(
    (one) =>
      Object.fromEntries(
        Object.entries(one).map(([key, value]) => [key, key === 'severity' ? value : spoil(value)]),
      ) as unknown as typeof one,
  );
  const error = { code: canary, message: canary, hint: canary };
  return {
    ...report,
    tool: canary,
    folder: canary,
    database: { provider: 'postgresql', host: canary, name: canary },
    data: { ...checkedData(findings), warnings: [canary] },
    health: {
      ...report.health,
      findings,
      lastBackup: { name: canary, created: report.created },
    },
    snapshots: [
      ...report.snapshots.map((one) => ({ ...one, name: canary })),
      { ...report.snapshots[0]!, name: canary, created: null, kinds: [] },
    ],
    history: {
      ...report.history,
      snapshots: report.history.snapshots.map((one) => ({ ...one, name: canary })),
      unread: [canary],
    },
    cleanup: { status: 'failed', error },
  };
}

const reports: Readonly<Record<string, Report>> = {
  empty: emptyReport,
  'one snapshot': growingReport({ snapshots: 1, models: 3 }),
  'many models': growingReport({ snapshots: 60, models: 40 }),
  findings: { ...growingReport({ snapshots: 30, models: 5 }), data: checkedData(exampleFindings) },
  hostile: hostileReport(),
};

describe.each(Object.entries(reports))('the page of a report (%s)', (_name, report) => {
  const page = renderReport(report);

  it('is the same for the same report', () => {
    expect(renderReport(structuredClone(report))).toBe(page);
  });

  it('opens and closes every element in order', () => {
    const voids = new Set(['meta', 'path', 'br']);
    const open: string[] = [];
    const body = page.replace(/<style>[\s\S]*?<\/style>/, '').replace(/<!doctype html>/, '');
    for (const [, slash, name] of body.matchAll(/<(\/?)([a-z][a-z0-9]*)(?:\s[^<>]*?)?(?<!\/)>/g)) {
      if (slash === '/') expect(open.pop()).toBe(name);
      else if (!voids.has(name!)) open.push(name!);
      else if (name === 'path') open.push(name);
    }
    expect(open).toEqual([]);
  });

  it('has one heading of the first level, skips no level, and every anchor leads somewhere', () => {
    const levels = [...page.matchAll(/<h([1-6])>/g)].map((match) => Number(match[1]));
    expect(levels.filter((level) => level === 1)).toHaveLength(1);
    for (const [index, level] of levels.entries()) expect(level - (levels[index - 1] ?? 0)).toBeLessThan(2);
    for (const [, id] of page.matchAll(/href="#([^"]*)"/g)) expect(page).toContain(`id="${id}"`);
  });

  it('gives every drawing a text alternative', () => {
    const drawings = [...page.matchAll(/<svg[^>]*>/g)].map(([tag]) => tag);
    expect(drawings.filter((tag) => !/role="img" aria-label="[^"]{10,}"/.test(tag))).toEqual([]);
  });
});

it.each(Object.entries(reports).filter(([name]) => name !== 'hostile'))(
  'reaches for nothing outside the page (%s)',
  (_name, report) => {
    const page = renderReport(report);
    expect(page).not.toMatch(/https?:|\ssrc=|<script|<link|<iframe|@import|url\(/i);
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
  },
);

describe('hostile names and values', () => {
  const page = renderReport(hostileReport());

  it('stay text wherever they stand', () => {
    expect(page).not.toMatch(/<script|<img/i);
    expect(page.split('&lt;script&gt;').length).toBeGreaterThan(40);
    const attributes = [...page.matchAll(/<[a-z][^<>]*>/g)].map(([tag]) => tag);
    expect(attributes.filter((tag) => /\son\w+\s*=/i.test(tag.replace(/"[^"]*"/g, '""')))).toEqual([]);
  });

  it('cannot turn or end the text with control characters', () => {
    const text = renderReport({ ...emptyReport, folder: 'a\u202eb\u0000c\u001bd' });
    expect(text).toContain('a\\u202eb\\u0000c\\u001bd');
  });
});

describe('the figures of the page', () => {
  const report = growingReport({ snapshots: 30, models: 5 });
  const text = textOf(renderReport(report));

  it('are those of the document, for each model', () => {
    for (const { model, table, rows, bytes } of report.history.tables) {
      const change = '+29 %';
      expect(text).toContain(`${model} ${table} ${formatCount(rows.at(-1)!)} ${change}`);
      expect(text).toContain(formatBytes(bytes.at(-1)!));
    }
  });

  it('are those of the document, for each backup', () => {
    for (const { name, rows, bytes } of report.history.snapshots) {
      expect(text).toMatch(
        new RegExp(`${name} \\S+ \\S+ UTC ${formatCount(rows)} ${formatBytes(bytes).replace('.', '\\.')}`),
      );
    }
  });

  it('stand in the drawing where their values are', () => {
    const one = growingReport({ snapshots: 3, models: 1 });
    const [rows] = [one.history.tables[0]!.rows];
    expect(rows).toEqual([100, 101, 102]);
    const line = /id="models"[\s\S]*?class="line" d="([^"]*)"/.exec(renderReport(one))?.[1];
    expect(line).toBe('M0 1.96L50 0.98L100 0h0');
  });

  it('leave a gap where a backup does not hold the table', () => {
    const one = growingReport({ snapshots: 4, models: 1 });
    const [table] = one.history.tables;
    const tables = [{ ...table!, rows: [100, null, 100, 50] }];
    const page = renderReport({ ...one, history: { ...one.history, tables } });
    expect(/id="models"[\s\S]*?class="line" d="([^"]*)"/.exec(page)?.[1]).toBe('M0 0h0M66.67 0L100 50h0');
  });
});

describe('the first screen', () => {
  const good = growingReport({ snapshots: 30, models: 5 });
  const answersOf = (report: Report): readonly string[] =>
    [...renderReport(report).matchAll(/<p class="short">([^<]*)<\/p>/g)].map((match) => match[1]!);
  const warning = finding({ severity: 'warning', message: 'Odd' });
  const old = { name: 'daily-backup-2026-11-15', created: '2026-11-15T08:00:00.000Z' };
  const failed = {
    status: 'failed',
    error: { code: 'DATABASE.UNREACHABLE', message: 'No answer', hint: 'Start it' },
  } as const;

  it.each<[string, Report, readonly string[]]>([
    ['all is well', good, ['Yes', 'Yes', 'Nothing']],
    ['there is nothing', emptyReport, ['No', 'Not checked', '1 thing']],
    ['the data has errors', { ...good, data: checkedData(exampleFindings) }, ['Yes', 'No', '5 things']],
    ['the data has a warning', { ...good, data: checkedData([warning]) }, ['Yes', 'Mostly', '1 thing']],
    ['the database does not answer', { ...good, data: failed }, ['Yes', 'Not known', '1 thing']],
    [
      'the newest backup is old',
      {
        ...good,
        health: { ...good.health, lastVerified: old, findings: [finding({ check: 'backup.old' })] },
      },
      ['Only as of 6 days ago', 'Yes', '1 thing'],
    ],
    [
      'the health check has an error',
      { ...good, health: { ...good.health, findings: [finding({ check: 'rows.unusual' })] } },
      ['Yes, with doubts', 'Yes', '1 thing'],
    ],
  ])('says when %s', (_what, report, answers) => {
    expect(answersOf(report)).toEqual(answers);
  });

  it('puts errors before warnings, and says how many more there are', () => {
    const findings = [...Array.from({ length: 6 }, () => warning), finding({ message: 'Broken' })];
    const page = renderReport({ ...good, data: checkedData(findings) });
    const list = /<ol>([\s\S]*?)<\/ol>/.exec(page)![1]!;
    expect(textOf(list)).toMatch(/^ Error Broken Warning Odd/);
    expect(page).toContain('and 2 more below');
  });
});

it('names the first backups whose figures cannot be read, and says how many more there are', () => {
  const unread = Array.from({ length: 7 }, (_, index) => `locked-${index}`);
  const text = textOf(renderReport({ ...emptyReport, history: { ...emptyReport.history, unread } }));
  expect(text).toContain('7 backups could not be read for these plots: locked-0');
  expect(text).toContain('locked-4 and 2 more');
  expect(text).not.toContain('locked-5');
});

it('names a finding with its place, count, samples, rule, advice and SQL', () => {
  const [first, second] = exampleFindings;
  const text = textOf(renderReport({ ...emptyReport, data: checkedData([second!, first!]) }));
  expect(text).toContain('Error rule Order.total 3 3 rows of Order break the rule');
  expect(text).toContain('Rule: Order.total = sum(lines.quantity * lines.unitPrice)');
  expect(text).toContain('Such as: id=12: 99.90 against 89.90');
  expect(text).toContain('SELECT * FROM "orders" WHERE "id" IN (12, 14, 99)');
  expect(text).toContain('Error orphan OrderLine.productId 1,342');
});
