import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/export/report.ts';
import { renderReport } from '../../src/export/report-html/page.ts';
import { findChromium, launchChromium } from '../support/report/browser.ts';
import { checkedData, emptyReport, exampleFindings, growingReport } from '../support/report/example.ts';
import { readContrasts, readWidths } from '../support/report/page-probes.ts';
import { makeTempFolder } from '../support/sqlite.ts';

const chromium = findChromium();
if (chromium === null) process.stderr.write('skipped: the page in a browser, because there is no chromium\n');

const longName = (index: number): string => `${'AVeryLongModelName'.repeat(10)}${index}`;
const pages: Readonly<Record<string, Report>> = {
  empty: emptyReport,
  full: { ...growingReport({ snapshots: 60, models: 40 }), data: checkedData(exampleFindings) },
  'very long names': {
    ...growingReport({ snapshots: 5, models: 3, nameOf: longName }),
    folder: `/srv/${'backups'.repeat(40)}`,
    data: checkedData(
      exampleFindings.map((one) => ({
        ...one,
        model: longName(1),
        samples: ['x'.repeat(900)],
        sql: `SELECT "${'x'.repeat(900)}"`,
      })),
    ),
  },
};

// In CI a missing browser is a failure, not a gap that nobody sees.
describe.skipIf(chromium === null && process.env['CI'] === undefined)('the page in a browser', () => {
  const folder = makeTempFolder();
  let browser: Browser;

  beforeAll(async () => {
    if (chromium === null) throw new Error('There is no chromium');
    browser = await launchChromium(chromium);
    for (const [name, page] of Object.entries(pages)) {
      writeFileSync(path.join(folder, `${name}.html`), renderReport(page));
    }
  });
  afterAll(() => browser?.close());

  it.each(Object.keys(pages))(
    'fits a phone without sideways scrolling, and asks for no other file: %s',
    async (name) => {
      const page = await browser.newPage({ viewport: { width: 390, height: 844 } });
      const requests: string[] = [];
      const problems: string[] = [];
      page.on('request', (request) => requests.push(request.url()));
      page.on('console', (message) => problems.push(message.text()));
      const address = `file://${folder}/${encodeURIComponent(name)}.html`;
      await page.goto(address);
      const widths = await page.evaluate<number[]>(readWidths);
      await page.close();
      expect(Math.max(...widths)).toBeLessThanOrEqual(390);
      expect(requests).toEqual([address]);
      expect(problems).toEqual([]);
    },
  );

  it.each(['light', 'dark'] as const)('has enough contrast for all its text: %s', async (colorScheme) => {
    const page = await browser.newPage({ colorScheme });
    await page.goto(`file://${folder}/full.html`);
    const contrasts = await page.evaluate<{ text: string; contrast: number }[]>(readContrasts);
    await page.close();
    expect(contrasts.length).toBeGreaterThan(100);
    expect(contrasts.filter(({ contrast }) => contrast < 4.5)).toEqual([]);
  });
});
