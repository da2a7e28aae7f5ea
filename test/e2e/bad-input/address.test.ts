import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { it } from 'vitest';
import { Shop } from '../../cli/shop.ts';
import { canary, expectRefusal, type RefusedRun } from './refusal.ts';

function withUrl(url: string): RefusedRun {
  const shop = new Shop();
  shop.env = { DATABASE_URL: url };
  return { folder: shop.folder, run: (...argv) => shop.run(...argv) };
}

it.each([
  [`prisma://accelerate.prisma-data.net/?api_key=${canary}`, 'prisma:// address'],
  [`prisma+postgres://accelerate.prisma-data.net/?api_key=${canary}`, 'prisma+postgres:// address'],
])('says of %s that it cannot be copied from', async (url, what) => {
  await expectRefusal(withUrl(url), ['backup'], {
    code: 'CONFIG.URL_UNSUPPORTED',
    message: ['DATABASE_URL in the environment', what, 'cannot be copied'],
    hint: ['direct address', '--url-env DIRECT_URL'],
  });
});

it.each([
  [`mongodb+srv://user:${canary}@cluster0.example.net/app`, 'MongoDB'],
  [`sqlserver://db.example.net:1433;database=app;user=sa;password=${canary}`, 'SQL Server'],
])('says of %s that its kind of database is not yet supported', async (url, name) => {
  await expectRefusal(withUrl(url), ['backup'], {
    code: 'CONFIG.URL_UNSUPPORTED',
    message: [`Cannot back up ${name}`, 'DATABASE_URL in the environment', 'not yet supported'],
    hint: ['SQLite, PostgreSQL, MariaDB and MySQL'],
  });
});

it.each([
  ['mongodb', 'MongoDB'],
  ['sqlserver', 'SQL Server'],
])('says of a schema with the provider %s that it is not yet supported', async (provider, name) => {
  const shop = new Shop();
  const file = path.join(shop.folder, 'prisma/schema.prisma');
  writeFileSync(file, readFileSync(file, 'utf8').replace('"sqlite"', `"${provider}"`));
  await expectRefusal({ folder: shop.folder, run: (...argv) => shop.run(...argv) }, ['backup'], {
    code: 'CONFIG.URL_UNSUPPORTED',
    message: [`Cannot back up ${name}`, 'prisma/schema.prisma', 'not yet supported'],
    hint: ['Supported are'],
  });
});

it.each([
  ['a password with # in it', `postgresql://user:${canary}#x@db.example.net/app`],
  ['no scheme', `//user:${canary}@db.example.net/app`],
  ['another scheme', `https://user:${canary}@db.example.net/app`],
  ['quotes around it', `"postgresql://user:${canary}@db.example.net/app"`],
])('explains an address with %s, without printing it', async (_case, url) => {
  await expectRefusal(withUrl(url), ['backup'], {
    code: 'CONFIG.URL_INVALID',
    message: ['DATABASE_URL in the environment'],
    hint: [/Percent-encode|begins with|quotes/],
  });
});

it('says where it looked for an address that is not set', async () => {
  const shop = new Shop();
  shop.env = {};
  await expectRefusal({ folder: shop.folder, run: (...argv) => shop.run(...argv) }, ['backup'], {
    code: 'CONFIG.URL_MISSING',
    message: ['DATABASE_URL', 'prisma/schema.prisma', 'not set'],
    hint: ['.env', '--url-env'],
  });
});

it('takes no password from the command line', async () => {
  const shop = new Shop();
  await shop.backUp();
  const place = { folder: shop.folder, run: (...argv: readonly string[]) => shop.run(...argv) };
  await expectRefusal(
    place,
    ['restore', 'latest', '--to', `postgresql://user:${canary}@db.example.net/app`],
    {
      code: 'USAGE',
      message: ['postgresql://user:***@db.example.net/app', 'password', 'list of processes'],
      hint: ['BACKUP_DATABASE_URL', '--to backup'],
    },
  );
});
