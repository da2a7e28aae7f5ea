import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findDatabase } from '../../src/config/find-database.ts';
import { loadPrismaSchema } from '../../src/config/load-prisma-schema.ts';
import { AppFolder } from './app-folder.ts';

let app: AppFolder;
beforeEach(async () => {
  app = await AppFolder.create({ 'prisma/schema.prisma': 'datasource db {\n  provider = "postgresql"\n}\n' });
});
afterEach(() => app.remove());

const shop = 'postgresql://shop:secret@db/shop';
const other = 'postgresql://shop:secret@db/other';

const defineConfig = (body: string): string =>
  `import { defineConfig, env } from 'prisma/config';\nexport default defineConfig({ ${body} });\n`;

async function find(env: Readonly<Record<string, string>> = {}) {
  return findDatabase(await app.settings(env));
}

describe("prisma.config with the application's Prisma", () => {
  beforeEach(() => app.installPrisma());

  it('says the address, before a stray DATABASE_URL', async () => {
    await app.write('prisma.config.ts', defineConfig("datasource: { url: env('OTHER_URL') as string }"));
    const { target, warnings } = await find({ DATABASE_URL: shop, OTHER_URL: other });
    expect(target).toMatchObject({ url: other, origin: 'datasource.url in prisma.config.ts (OTHER_URL)' });
    expect(warnings).toEqual([
      expect.stringContaining('DATABASE_URL in the environment means another database'),
    ]);
  });

  it('says the place of the schema, and the .env beside it is read', async () => {
    await app.write('prisma.config.mjs', defineConfig("schema: 'db/schema'"));
    await app.write(
      'db/schema/a.prisma',
      'datasource db {\n  provider = "mysql"\n}\nmodel A {\n  id Int @id\n}\n',
    );
    await app.write('db/schema/.env', 'DATABASE_URL=mysql://h/shop\n');
    const settings = await app.settings();
    expect((await findDatabase(settings)).target).toMatchObject({
      url: 'mysql://h/shop',
      origin: 'DATABASE_URL in db/schema/.env',
    });
    expect((await loadPrismaSchema(settings)).schema?.models.map(({ name }) => name)).toEqual(['A']);
  });

  it('loads the .env files of its own choice', async () => {
    await app.write('.env', `DATABASE_URL=${other}\n`);
    await app.write('.env.local', `DATABASE_URL=${shop}\n`);
    await app.write(
      'prisma.config.ts',
      `import { config } from 'dotenv';\nconfig({ path: '.env.local', quiet: true });\n${defineConfig("datasource: { url: env('DATABASE_URL') }")}`,
    );
    expect((await find()).target.url).toBe(shop);
  });

  it('gets the values of .env when it loads none itself', async () => {
    await app.write('.env', `OTHER_URL=${shop}\n`);
    await app.write('prisma.config.ts', defineConfig("datasource: { url: env('OTHER_URL') }"));
    expect((await find()).target).toMatchObject({
      url: shop,
      origin: 'datasource.url in prisma.config.ts (OTHER_URL)',
    });
    await app.write('prisma.config.ts', defineConfig('datasource: { url: process.env.OTHER_URL }'));
    expect((await find()).target).toMatchObject({
      url: shop,
      origin: 'datasource.url in prisma.config.ts (OTHER_URL)',
    });
  });

  it('may name a variable that is not set, and DATABASE_URL does not stand in for it', async () => {
    await app.write('prisma.config.ts', defineConfig('datasource: { url: process.env.OTHER_URL }'));
    await expect(find({ DATABASE_URL: shop })).rejects.toMatchObject({
      code: 'CONFIG.URL_MISSING',
      message: 'Cannot find the database: OTHER_URL, which is named by prisma.config.ts, is not set',
    });
  });

  it('may leave the address to the schema', async () => {
    await app.write('prisma.config.ts', defineConfig("schema: 'prisma/schema.prisma'"));
    await app.write(
      'prisma/schema.prisma',
      'datasource db {\n  provider = "postgresql"\n  url = env("A")\n}\n',
    );
    expect((await find({ A: shop })).target.origin).toBe('A in the environment');
  });

  it.each([
    'prisma.config.js',
    'prisma.config.cts',
    '.config/prisma.ts',
    '.config/prisma.config.mts',
    'prisma7.config.ts',
  ])('is found as %s', async (name) => {
    await app.write('package.json', '{ "type": "module" }');
    const text = defineConfig(`datasource: { url: '${shop}' }`);
    await app.write(name, name.endsWith('.cts') ? text.replace('export default', 'module.exports =') : text);
    expect((await find()).target.origin).toBe(`datasource.url in ${name}`);
  });

  it('may print, change its environment and end the process', async () => {
    const noise = "console.log('{}'); process.env.DATABASE_URL = 'x'; process.chdir('/');";
    await app.write('prisma.config.ts', `${defineConfig(`datasource: { url: '${shop}' }`)}${noise}`);
    expect((await find()).target.url).toBe(shop);
    expect(process.cwd()).not.toBe('/');

    await app.write('prisma.config.ts', 'process.exit(7);');
    const { target, warnings } = await find({ DATABASE_URL: other });
    expect(target.url).toBe(other);
    expect(warnings).toEqual([]);
    const loaded = await loadPrismaSchema(await app.settings());
    expect(loaded.warnings).toEqual([
      "Cannot run prisma.config.ts with the application's Prisma, so its text was read instead: it ended the process with exit code 7",
    ]);
  });

  it('hides secrets in the reason of its failure', async () => {
    await app.write('prisma.config.ts', `throw new Error('no answer from ${shop}\\nsecret');`);
    const { warnings } = await loadPrismaSchema(await app.settings());
    expect(warnings).toEqual([expect.stringMatching(/no answer from postgresql:\/\/shop:\*\*\*@db\/shop$/)]);
  });

  it('runs once for one settings value', async () => {
    const count = "import { appendFileSync } from 'node:fs';\nappendFileSync('runs', 'x');\n";
    await app.write('prisma.config.ts', `${count}${defineConfig(`datasource: { url: '${shop}' }`)}`);
    const settings = await app.settings();
    await Promise.all([findDatabase(settings), loadPrismaSchema(settings), findDatabase(settings)]);
    const { readFile } = await import('node:fs/promises');
    expect(await readFile(path.join(app.path, 'runs'), 'utf8')).toBe('x');
  });

  it('does not run for settings alone', async () => {
    await app.write(
      'prisma.config.ts',
      "import { writeFileSync } from 'node:fs';\nwriteFileSync('ran', '');\nexport default {};\n",
    );
    const settings = await app.settings();
    const { existsSync } = await import('node:fs');
    expect(existsSync(path.join(app.path, 'ran'))).toBe(false);
    await loadPrismaSchema(settings);
    expect(existsSync(path.join(app.path, 'ran'))).toBe(true);
  });
});

describe("prisma.config without the application's Prisma", () => {
  const warning = expect.stringMatching(
    /^Cannot run prisma\.config\.ts with the application's Prisma, so its text was read instead: Cannot find module 'prisma\/config'$/,
  );

  it.each([
    "url: env('OTHER_URL')",
    'shadowDatabaseUrl: "x", url: env<Env>("OTHER_URL")',
    'url: process.env.OTHER_URL!',
    "url: process.env['OTHER_URL'] ?? ''",
    "// url: env('WRONG')\n url: env('OTHER_URL')",
  ])('is read as text: %s', async (datasource) => {
    await app.write('prisma.config.ts', defineConfig(`datasource: { ${datasource} }`));
    const settings = await app.settings({ OTHER_URL: other, DATABASE_URL: shop });
    expect((await findDatabase(settings)).target).toMatchObject({
      url: other,
      origin: 'OTHER_URL in the environment',
    });
    expect((await loadPrismaSchema(settings)).warnings).toEqual([warning]);
  });

  it.each([
    "schema: 'db/main.prisma'",
    "schema: path.join('db', 'main.prisma')",
    "schema: join(__dirname, 'db', 'main.prisma')",
  ])('is read for the place of the schema: %s', async (line) => {
    await app.write('db/main.prisma', 'model Main {\n  id Int @id\n}\n');
    await app.write('prisma.config.ts', defineConfig(line));
    const { schema, warnings } = await loadPrismaSchema(await app.settings());
    expect(schema?.models.map(({ name }) => name)).toEqual(['Main']);
    expect(warnings).toEqual([warning]);
  });
});

describe('a prisma.config that was named', () => {
  it('warns when it is missing', async () => {
    const settings = await app.settings({ DATABASE_URL: shop }, { config: 'etc/prisma.config.ts' });
    expect((await findDatabase(settings)).target.url).toBe(shop);
    expect((await loadPrismaSchema(settings)).warnings).toEqual([
      'Cannot read etc/prisma.config.ts: there is no such file',
    ]);
  });
});
