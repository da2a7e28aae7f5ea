import { execFile } from 'node:child_process';
import { cp } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { AppFolder } from './app-folder.ts';

const repository = path.resolve(import.meta.dirname, '../..');

let app: AppFolder;
beforeEach(async () => {
  app = await AppFolder.create({
    'package.json': '{ "type": "module" }',
    'app/prisma/schema.prisma': 'datasource db {\n  provider = "sqlite"\n  url = "file:./dev.db"\n}\n',
  });
  // Away from the repository there is no package to load.
  await cp(path.join(repository, 'src'), path.join(app.path, 'src'), { recursive: true });
});
afterEach(() => app.remove());

async function run(lines: readonly string[]): Promise<string> {
  const script = await app.write(
    'program.mts',
    [
      "import { findDatabase } from './src/config/find-database.ts';",
      "import { loadPrismaSchema } from './src/config/load-prisma-schema.ts';",
      "import { loadSettings } from './src/config/load-settings.ts';",
      `const settings = await loadSettings({ cwd: ${JSON.stringify(path.join(app.path, 'app'))}, env: {} });`,
      ...lines,
      "process.stdout.write('done');",
    ].join('\n'),
  );
  const tsx = path.join(repository, 'node_modules/.bin/tsx');
  const { stdout } = await promisify(execFile)(tsx, [script]);
  return stdout;
}

it('loads settings and finds a database without any package', async () => {
  expect(await run(['await findDatabase(settings);'])).toBe('done');
});

it('reads a settings file without any package, and loads zod for the channels that it names', async () => {
  await app.write('app/holdfast.config.json', '{ "retentionDays": 7, "notifications": { "webhook": {} } }');
  expect(await run(["process.stdout.write(settings.retentionDays + ' days ');"])).toBe('7 days done');
  const lines = [
    "const { readNotifications } = await import('./src/config/notifications.ts');",
    'await readNotifications(settings);',
  ];
  await expect(run(lines)).rejects.toThrow("Cannot find package 'zod'");
});

it("loads Prisma's parser only for the schema, and does without where it is missing", async () => {
  const lines = [
    'const { schema, warnings } = await loadPrismaSchema(settings);',
    "process.stdout.write([schema?.datasource?.provider, warnings.length, ''].join(' '));",
  ];
  expect(await run(lines)).toBe('sqlite 1 done');
});
