/**
 * Makes a report to look at: a year of backups of the demo shop, which grows, and damage in its data; and further ones
 * with little or much in them. Takes pictures of them as a phone, a desk and paper show them, where there is Chromium:
 * `npx tsx test/campaigns/report.ts --folder <new folder>`.
 */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Browser } from 'playwright-core';
import type { Report } from '../../src/export/report.ts';
import { renderReport } from '../../src/export/report-html/page.ts';
import { report } from '../../src/operations/report.ts';
import { findChromium, launchChromium } from '../support/report/browser.ts';
import { checkedData, emptyReport, exampleFindings, growingReport } from '../support/report/example.ts';
import { reportRequest } from '../support/report/request.ts';
import { checkShop, damageShop, spendShopYear } from '../support/report/shop-year.ts';

const { values } = parseArgs({ options: { folder: { type: 'string' } } });
if (values.folder === undefined) throw new Error('Name a new folder: --folder <folder>');
const folder = path.resolve(values.folder);
mkdirSync(folder);

const sizes = { phone: { width: 390, height: 844 }, desk: { width: 1440, height: 900 } };

const pages: Readonly<Record<string, Report>> = {
  shop: await reportShop(),
  empty: emptyReport,
  one: growingReport({ snapshots: 1, models: 3 }),
  many: growingReport({ snapshots: 60, models: 40 }),
  long: {
    ...growingReport({
      snapshots: 20,
      models: 3,
      nameOf: (index) => `${'VeryLongModelName'.repeat(8)}${index}`,
    }),
    data: checkedData(
      exampleFindings.map((one) => ({ ...one, model: 'Model'.repeat(40), samples: ['x'.repeat(900)] })),
    ),
  },
};
for (const [name, page] of Object.entries(pages)) {
  writeFileSync(path.join(folder, `${name}.html`), renderReport(page));
}
const browserPath = findChromium();
if (browserPath === null) process.stdout.write('No pictures: there is no Chromium\n');
else await withBrowser(browserPath, takePictures);
process.stdout.write(`${folder}\n`);

async function reportShop(): Promise<Report> {
  const shop = await spendShopYear(path.join(folder, 'shop'), 20_000);
  damageShop(shop.database);
  chmodSync(path.join(shop.ports.folder.path, 'weekly-backup-2026-06-21.json.gz'), 0o644);
  const validate = () => checkShop(shop);
  const result = await report(shop.ports, reportRequest({ validate }));
  process.stdout.write(`${shop.backups} backups: ${result.files.html}\n`);
  return result;
}

async function withBrowser(executablePath: string, work: (browser: Browser) => Promise<void>): Promise<void> {
  const browser = await launchChromium(executablePath);
  try {
    await work(browser);
  } finally {
    await browser.close();
  }
}

async function takePictures(browser: Browser): Promise<void> {
  for (const name of Object.keys(pages)) {
    for (const [size, viewport] of Object.entries(sizes)) {
      for (const colorScheme of ['light', 'dark'] as const) {
        if (colorScheme === 'dark' && name !== 'shop') continue;
        const page = await browser.newPage({ viewport, colorScheme });
        await page.goto(`file://${folder}/${name}.html`);
        const picture = path.join(folder, `${name}-${size}-${colorScheme}`);
        await page.screenshot({ path: `${picture}-first.png` });
        await page.screenshot({ path: `${picture}.png`, fullPage: true });
        await page.close();
      }
    }
    const page = await browser.newPage();
    await page.goto(`file://${folder}/${name}.html`);
    await page.pdf({ path: path.join(folder, `${name}.pdf`), format: 'A4' });
    await page.close();
  }
}
