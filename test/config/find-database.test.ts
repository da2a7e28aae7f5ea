import { link, mkdir, symlink } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findDatabase } from '../../src/config/find-database.ts';
import type { SettingsFlags } from '../../src/config/settings.ts';
import { AppFolder } from './app-folder.ts';

let app: AppFolder;
beforeEach(async () => {
  app = await AppFolder.create();
});
afterEach(() => app.remove());

function schema(provider: string, ...lines: readonly string[]): string {
  return `datasource db {\n  provider = "${provider}"\n${lines.map((line) => `  ${line}\n`).join('')}}\n`;
}

async function find(env: Readonly<Record<string, string>> = {}, flags: SettingsFlags = {}) {
  return findDatabase(await app.settings(env, flags));
}

const shop = 'postgresql://shop:secret@db/shop';
const other = 'postgresql://shop:secret@db/other';

describe('the order of addresses', () => {
  it('takes DATABASE_URL where nothing names a variable', async () => {
    const { target, warnings } = await find({ DATABASE_URL: shop });
    expect(target).toEqual({
      provider: 'postgresql',
      url: shop,
      file: null,
      schemas: [],
      origin: 'DATABASE_URL in the environment',
    });
    expect(warnings).toEqual([]);
  });

  it('takes it from .env, or from the .env beside the schema', async () => {
    await app.write('prisma/.env', `DATABASE_URL="${shop}"\n`);
    await app.write('prisma/schema.prisma', schema('postgresql', 'url = env("DATABASE_URL")'));
    expect((await find()).target).toMatchObject({ url: shop, origin: 'DATABASE_URL in prisma/.env' });
    await app.write('.env', `DATABASE_URL="${other}"\n`);
    const { target, warnings } = await find();
    expect(target).toMatchObject({ url: other, origin: 'DATABASE_URL in .env' });
    expect(warnings).toEqual(['DATABASE_URL has another value in prisma/.env; the one of .env is used']);
  });

  it('prefers the variable that the schema names to a stray DATABASE_URL', async () => {
    await app.write('prisma/schema.prisma', schema('postgresql', 'url = env("POSTGRES_PRISMA_URL")'));
    const { target, warnings } = await find({ POSTGRES_PRISMA_URL: shop, DATABASE_URL: other });
    expect(target).toMatchObject({ url: shop, origin: 'POSTGRES_PRISMA_URL in the environment' });
    expect(warnings).toEqual([
      'DATABASE_URL in the environment means another database than POSTGRES_PRISMA_URL in the environment, which Prisma uses; choose with --url-env DATABASE_URL',
    ]);
  });

  it('does not fall back to DATABASE_URL when the named variable is not set', async () => {
    await app.write('prisma/schema.prisma', schema('postgresql', 'url = env("POSTGRES_PRISMA_URL")'));
    await expect(find({ DATABASE_URL: shop })).rejects.toMatchObject({
      code: 'CONFIG.URL_MISSING',
      message:
        'Cannot find the database: POSTGRES_PRISMA_URL, which is named by prisma/schema.prisma, is not set',
      hint: expect.stringContaining('--url-env'),
    });
  });

  it('prefers --url-env, then urlEnv, to everything else', async () => {
    await app.write('prisma/schema.prisma', schema('postgresql', 'url = env("A")'));
    await app.write('holdfast.config.json', '{"urlEnv": "B"}');
    const env = { A: shop, B: other, C: 'postgresql://db/third' };
    expect((await find(env)).target.origin).toBe('B in the environment');
    expect((await find(env, { urlEnv: 'C' })).target.origin).toBe('C in the environment');
    await expect(find(env, { urlEnv: 'D' })).rejects.toThrow(
      'D, which is named by --url-env or urlEnv, is not set',
    );
  });

  it('takes a literal address of the schema', async () => {
    await app.write('schema.prisma', schema('mysql', 'url = "mysql://root@localhost/shop"'));
    expect((await find()).target).toMatchObject({
      provider: 'mysql',
      url: 'mysql://root@localhost/shop',
      origin: 'url in schema.prisma',
    });
  });

  it('lists where it looked when there is nothing', async () => {
    await expect(find({ DATABASE_URL: '' })).rejects.toMatchObject({
      code: 'CONFIG.URL_MISSING',
      message: `Cannot find the database of ${app.path}: looked at DATABASE_URL (empty in the environment); prisma.config.* (not there); schema.prisma, prisma/schema.prisma, prisma/schema (not there)`,
    });
  });
});

describe('the place of the schema', () => {
  const named = schema('postgresql', 'url = env("NAMED_URL")');
  const env = { NAMED_URL: shop };

  it.each([
    'schema.prisma',
    'prisma/schema.prisma',
    'prisma/schema/base.prisma',
    'prisma/schema/deep/x.prisma',
  ])('is %s without being named', async (file) => {
    await app.write(file, named);
    expect((await find(env)).target.url).toBe(shop);
  });

  it('is what package.json says', async () => {
    await app.write('db/main.prisma', named);
    await app.write('package.json', '{ "prisma": { "schema": "db/main.prisma" } }');
    expect((await find(env)).target.url).toBe(shop);
  });

  it('is what --schema says, a file or a folder', async () => {
    await app.write('db/main.prisma', named);
    expect((await find(env, { schema: 'db/main.prisma' })).target.url).toBe(shop);
    expect((await find(env, { schema: 'db' })).target.url).toBe(shop);
  });
});

describe('addresses that cannot be used', () => {
  it.each([
    ['prisma://accelerate.prisma-data.net/?api_key=secret', 'CONFIG.URL_UNSUPPORTED', 'passes queries on'],
    ['prisma+postgres://localhost:51213/?api_key=secret', 'CONFIG.URL_UNSUPPORTED', 'passes queries on'],
    ['mongodb+srv://u:secret@h/db', 'CONFIG.URL_UNSUPPORTED', 'MongoDB'],
    ['sqlserver://h:1433;password=secret', 'CONFIG.URL_UNSUPPORTED', 'SQL Server'],
    ['jdbc:sqlserver://h:1433;password=secret', 'CONFIG.URL_UNSUPPORTED', 'SQL Server'],
    ['libsql://h?authToken=secret', 'CONFIG.URL_UNSUPPORTED', 'libSQL'],
    ['file::memory:?secret', 'CONFIG.URL_UNSUPPORTED', 'in memory'],
    ['file:?secret', 'CONFIG.URL_INVALID', 'names no file'],
    ['"postgresql://u:secret@h/db"', 'CONFIG.URL_INVALID', 'begins with a quote'],
    ['http://u:secret@h/db', 'CONFIG.URL_INVALID', 'http: is no scheme'],
    ['secret', 'CONFIG.URL_INVALID', 'it has no scheme'],
    ['postgresql://u:secret#x@h/db', 'CONFIG.URL_INVALID', 'not a well-formed address'],
    ['postgresql://u:12/secret@h/db', 'CONFIG.URL_INVALID', 'not a well-formed address'],
    ['postgresql://u:12#secret@h/db', 'CONFIG.URL_INVALID', 'not a well-formed address'],
    ['mysql://u:secret@h:port/db', 'CONFIG.URL_INVALID', 'not a well-formed address'],
  ])('%s is refused with %s', async (url, code, reason) => {
    const failure = find({ DATABASE_URL: url });
    await expect(failure).rejects.toMatchObject({ code, hint: expect.any(String) });
    await expect(failure).rejects.toThrow(reason);
    await expect(failure).rejects.toThrow(/^(?!.*secret)/s);
    await expect(failure).rejects.toThrow('DATABASE_URL in the environment');
  });

  it.each([
    ['cockroachdb', 'CockroachDB'],
    ['mongodb', 'MongoDB'],
    ['sqlserver', 'SQL Server'],
  ])('a schema of %s is not yet supported', async (provider, name) => {
    await app.write('schema.prisma', schema(provider, 'url = env("DATABASE_URL")'));
    await expect(find({ DATABASE_URL: shop })).rejects.toMatchObject({
      code: 'CONFIG.URL_UNSUPPORTED',
      message: `Cannot back up ${name}, which schema.prisma names: not yet supported`,
    });
  });

  it('an address of another provider than the schema says is refused', async () => {
    await app.write('schema.prisma', schema('postgresql', 'url = env("DATABASE_URL")'));
    await expect(find({ DATABASE_URL: 'mysql://h/db' })).rejects.toMatchObject({
      code: 'CONFIG.URL_INVALID',
      message:
        'Cannot use DATABASE_URL in the environment: it is an address of mysql, but schema.prisma says postgresql',
    });
  });

  it.each(['postgres://h/db', 'postgresql://h/db'])('%s is of the provider postgres', async (url) => {
    await app.write('schema.prisma', schema('postgres', 'url = env("DATABASE_URL")'));
    expect((await find({ DATABASE_URL: ` ${url}\n` })).target).toMatchObject({ provider: 'postgresql', url });
  });

  it('mariadb:// is of the provider mysql', async () => {
    await app.write('schema.prisma', schema('mysql', 'url = env("DATABASE_URL")'));
    expect((await find({ DATABASE_URL: 'mariadb://h/db?schema=x' })).target).toMatchObject({
      provider: 'mysql',
      schemas: [],
    });
  });
});

describe('the way past a pooler', () => {
  const direct = 'postgresql://u@direct/shop';
  const lines = ['url = env("DATABASE_URL")', 'directUrl = env("DIRECT_URL")'];

  it.each([
    'postgresql://u@h:5432/shop?pgbouncer=true',
    'postgresql://u@h:6543/shop',
    'postgresql://u@h:6432/shop',
    'postgresql://u@ep-cool-1-pooler.eu.example.com/shop',
    'prisma://accelerate.prisma-data.net/?api_key=x',
    'prisma+postgres://accelerate.prisma-data.net/?api_key=x',
  ])('from %s is directUrl', async (url) => {
    await app.write('schema.prisma', schema('postgresql', ...lines));
    const { target, warnings } = await find({ DATABASE_URL: url, DIRECT_URL: direct });
    expect(target).toMatchObject({ url: direct, origin: 'DIRECT_URL in the environment' });
    expect(warnings).toEqual([]);
  });

  it('is not taken where there is no pooler', async () => {
    await app.write('schema.prisma', schema('postgresql', ...lines));
    expect((await find({ DATABASE_URL: shop, DIRECT_URL: direct })).target.url).toBe(shop);
  });

  it('keeps ?schema= of the main address', async () => {
    await app.write('schema.prisma', schema('postgresql', ...lines));
    const env = { DATABASE_URL: 'postgresql://u@h:6543/shop?schema=tenant', DIRECT_URL: direct };
    expect((await find(env)).target).toMatchObject({ url: direct, schemas: ['tenant'] });
  });

  it('is asked for where there is none, and the pooler is used', async () => {
    await app.write('schema.prisma', schema('postgresql', ...lines));
    const { target, warnings } = await find({ DATABASE_URL: 'postgresql://u@h:6543/shop' });
    expect(target.url).toBe('postgresql://u@h:6543/shop');
    expect(warnings).toEqual([expect.stringContaining('leads through a connection pooler')]);
  });

  it('is warned of where it names another database', async () => {
    await app.write('schema.prisma', schema('postgresql', ...lines));
    const env = { DATABASE_URL: 'postgresql://u@h:6543/shop', DIRECT_URL: 'postgresql://u@h/other' };
    expect((await find(env)).warnings).toEqual([
      'DIRECT_URL in the environment names another database than DATABASE_URL in the environment; the first one is used',
    ]);
  });

  it('is asked for by a prisma:// address without one', async () => {
    await app.write('schema.prisma', schema('postgresql', ...lines));
    await expect(find({ DATABASE_URL: 'prisma://h/?api_key=x' })).rejects.toMatchObject({
      code: 'CONFIG.URL_UNSUPPORTED',
      hint: expect.stringContaining('--url-env DIRECT_URL'),
    });
  });
});

describe('the schemas of a PostgreSQL database', () => {
  it('are those of ?schema=', async () => {
    expect((await find({ DATABASE_URL: `${shop}?schema=tenant` })).target.schemas).toEqual(['tenant']);
    expect((await find({ DATABASE_URL: `${shop}?schema=` })).target.schemas).toEqual([]);
  });

  it('are those that the schema lists, behind the one where the migrations lie', async () => {
    await app.write(
      'schema.prisma',
      schema('postgresql', 'url = env("DATABASE_URL")', 'schemas = ["auth", "shop"]'),
    );
    expect((await find({ DATABASE_URL: shop })).target.schemas).toEqual(['public', 'auth', 'shop']);
    expect((await find({ DATABASE_URL: `${shop}?schema=shop` })).target.schemas).toEqual(['shop', 'auth']);
  });

  it('may be listed over several lines', async () => {
    await app.write(
      'schema.prisma',
      schema('postgresql', 'url = env("DATABASE_URL")', 'schemas = [', '"auth", // users', '"public"]'),
    );
    expect((await find({ DATABASE_URL: shop })).target.schemas).toEqual(['public', 'auth']);
  });
});

describe('the file of a SQLite database', () => {
  const lines = ['url = env("DATABASE_URL")'];
  async function findFile(url: string): Promise<string> {
    const { target } = await find({ DATABASE_URL: url });
    expect(target).toMatchObject({ provider: 'sqlite', url });
    return path.relative(app.path, target.file!);
  }

  it('is the one that exists: beside the schema, in the application or in prisma', async () => {
    await app.write('db/schema.prisma', schema('sqlite', ...lines));
    await app.write('package.json', '{ "prisma": { "schema": "db" } }');
    for (const place of ['db', '.', 'prisma']) {
      const file = await app.write(path.join(place, `${place.length}.db`), 'x');
      expect(await findFile(`file:./${place.length}.db`)).toBe(path.relative(app.path, file));
    }
  });

  it('is the first place where none exists, and the others are named', async () => {
    await app.write('prisma/schema.prisma', schema('sqlite', ...lines));
    const { target } = await find({ DATABASE_URL: 'file:./dev.db' });
    expect(target.file).toBe(path.join(app.path, 'prisma/dev.db'));
    expect(target.candidates).toEqual([path.join(app.path, 'prisma/dev.db'), path.join(app.path, 'dev.db')]);
  });

  it('is not chosen between two different files', async () => {
    await app.write('prisma/schema.prisma', schema('sqlite', ...lines));
    const first = await app.write('prisma/dev.db', 'x'.repeat(2000));
    const second = await app.write('dev.db', '');
    await expect(find({ DATABASE_URL: 'file:./dev.db' })).rejects.toMatchObject({
      code: 'CONFIG.URL_AMBIGUOUS',
      message: `Cannot tell which database DATABASE_URL in the environment means: there are ${first} (2.0 KB) and ${second} (0 B)`,
      hint: `Give the absolute path: file:${first}`,
    });
  });

  it('may be linked from another place', async () => {
    await app.write('prisma/schema.prisma', schema('sqlite', ...lines));
    const file = await app.write('prisma/dev.db', 'x');
    await symlink(file, path.join(app.path, 'dev.db'));
    expect(await findFile('file:./dev.db')).toBe('prisma/dev.db');
    await link(file, path.join(app.path, 'linked.db'));
    await link(file, path.join(app.path, 'prisma/linked.db'));
    expect(await findFile('file:linked.db')).toBe('prisma/linked.db');
  });

  it('is not a folder of that name', async () => {
    await mkdir(path.join(app.path, 'dev.db'));
    await app.write('prisma/dev.db', 'x');
    expect(await findFile('file:./dev.db')).toBe('prisma/dev.db');
  });

  it.each([
    'file:{}/data/app.db',
    'file://{}/data/app.db',
    'file://localhost{}/data/app.db',
    'sqlite:{}/data/app.db',
    'sqlite://{}/data/app.db',
    'file:{}/data/app.db?connection_limit=1&socket_timeout=5',
    'file:./data/app.db',
    'file://./data/app.db',
    'file:data/app.db',
    'file:../data/app.db',
    'sqlite:data/app.db',
    'file:data/%61pp.db',
  ])('is found from %s', async (pattern) => {
    await app.write('prisma/schema.prisma', schema('sqlite', ...lines));
    await app.write('data/app.db', 'x');
    expect(await findFile(pattern.replace('{}', app.path))).toBe('data/app.db');
  });

  it('may have a percent sign or a space in its name', async () => {
    await app.write('100%.db', 'x');
    await app.write('my db%20.db', 'x');
    expect(await findFile('file:./100%.db')).toBe('100%.db');
    expect(await findFile('file:./my db%20.db')).toBe('my db%20.db');
  });
});
