import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { Shop } from '../cli/shop.ts';
import { projectFolder, runBinary } from '../support/cli.ts';

const run = promisify(execFile);
const page = readFileSync(path.join(projectFolder, 'docs/API.md'), 'utf8');
const examples = [...page.matchAll(/^```js\n([\s\S]*?)^```$/gm)].map((match) => match[1]!);

it('has examples that run one after the other, print only what they say, and end', async () => {
  expect(examples).toHaveLength(6);
  const shop = new Shop();
  writeFileSync(path.join(shop.folder, '.env'), 'DATABASE_URL="file:./app.db"\n');
  const index = pathToFileURL(path.join(projectFolder, 'src/index.ts')).href;
  const files = examples.map((text, at) => {
    writeFileSync(
      path.join(shop.folder, `example-${at}.mjs`),
      text.replace("from 'holdfast'", `from '${index}'`),
    );
    return `await import('./example-${at}.mjs');`;
  });
  writeFileSync(path.join(shop.folder, 'all.mjs'), files.join('\n'));
  const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const { stdout, stderr } = await run(process.execPath, ['--import', loader, 'all.mjs'], {
    cwd: shop.folder,
    env: { PATH: '/usr/bin:/bin', DATABASE_URL: 'file:/nowhere/else.db', BACKUP_DIR: '/nowhere' },
  });
  expect(stderr).toBe('');
  expect(stdout.split('\n')).toEqual([
    'before-import: 5 rows',
    'true 0',
    'true 0',
    'RESTORE.CONSENT / If that is what you want, run the command again with: --confirm app.db',
    '0 null +0 OrderLine +0 Product +0',
    'true',
    'healthy 0 5',
    'succeeded',
    'true 0',
    '5 audit.csv OrderLine.csv Product.csv',
    'sqlite 5',
    '',
  ]);
});

it('names every method', async () => {
  const { openHoldfast } = await import('../../src/index.ts');
  const holdfast = await openHoldfast({ app: new Shop().folder });
  const methods = Object.getOwnPropertyNames(Object.getPrototypeOf(holdfast)).filter(
    (name) => name !== 'constructor',
  );
  expect(methods.length).toBeGreaterThan(10);
  expect(methods.filter((name) => !page.includes(`\`${name}(`) && !page.includes(` \`${name}(`))).toEqual([]);
});

it.each([
  'import { AppError, openHoldfast } from "holdfast"',
  'const { AppError, openHoldfast } = require("holdfast")',
])('is what the package gives by: %s', async (line) => {
  // Compiles the sources where they are newer.
  await runBinary(['--version'], { cwd: projectFolder });
  const type = line.startsWith('import') ? 'module' : 'commonjs';
  const program = `${line}; openHoldfast({ app: ${JSON.stringify(new Shop().folder)} })
      .then((holdfast) => holdfast.show('x')).catch((error) => process.stdout.write(error.code + (error instanceof AppError)));`;
  const { stdout, stderr } = await run(process.execPath, [`--input-type=${type}`, '-e', program], {
    cwd: projectFolder,
  });
  expect([stdout, stderr]).toEqual(['SNAPSHOT.NOT_FOUNDtrue', '']);
});
