import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { resolveNamedTarget } from '../../src/config/named-target.ts';
import { AppFolder } from './app-folder.ts';

let app: AppFolder;
beforeEach(async () => {
  app = await AppFolder.create({
    'prisma/schema.prisma':
      'datasource db {\n  provider = "postgresql"\n  url = env("DATABASE_URL")\n  schemas = ["auth"]\n}\n',
  });
});
afterEach(() => app.remove());

async function resolve(name: string, env: Readonly<Record<string, string>> = {}) {
  return resolveNamedTarget(name, await app.settings(env));
}

it('takes backup for BACKUP_DATABASE_URL', async () => {
  await app.write('.env', 'BACKUP_DATABASE_URL=postgresql://u:secret@h/copy\n');
  expect(await resolve('backup')).toEqual({
    provider: 'postgresql',
    url: 'postgresql://u:secret@h/copy',
    file: null,
    schemas: ['public', 'auth'],
    origin: 'BACKUP_DATABASE_URL in .env',
  });
});

it('takes any other name for a variable', async () => {
  const target = await resolve('STAGING_URL', { STAGING_URL: 'mysql://u:secret@h/db' });
  expect(target).toMatchObject({ provider: 'mysql', origin: 'STAGING_URL in the environment' });
});

it('takes an address without a password', async () => {
  expect(await resolve('postgresql://u@h/db')).toMatchObject({
    url: 'postgresql://u@h/db',
    origin: '--to postgresql://u@h/db',
  });
});

it('finds the file of a relative address as for the application itself', async () => {
  await app.write('prisma/copy.db', 'x');
  expect(await resolve('file:./copy.db')).toMatchObject({
    provider: 'sqlite',
    file: path.join(app.path, 'prisma/copy.db'),
  });
});

it.each([
  ['postgresql://u:secret@h/db', 'postgresql://u:***@h/db'],
  ['postgresql://h/db?password=secret', 'postgresql://h/db?password=***'],
  ['mysql://:secret@h/db', 'mysql://:***@h/db'],
])('refuses the password in %s', async (url, masked) => {
  await expect(resolve(url)).rejects.toMatchObject({
    code: 'USAGE',
    message: `Cannot take ${masked} from the command line: its password would be visible in the list of processes`,
    hint: expect.stringContaining('BACKUP_DATABASE_URL'),
  });
});

it('names the variable that is missing', async () => {
  await expect(resolve('backup')).rejects.toMatchObject({
    code: 'CONFIG.URL_MISSING',
    message: 'Cannot find the database backup: the variable BACKUP_DATABASE_URL is not set',
    hint: 'Set BACKUP_DATABASE_URL in the environment or in .env to the address of the database',
  });
});

it('proposes a variable of a like name that holds an address', async () => {
  const env = { STAGING_URL: 'mysql://u:secret@h/db', STAGINGURL: 'no address' };
  await expect(resolve('STAGIN_URL', env)).rejects.toMatchObject({
    code: 'CONFIG.URL_MISSING',
    hint: 'Did you mean --to STAGING_URL?',
  });
});

it('refuses a variable that holds no address, without its value', async () => {
  await expect(resolve('TOKEN', { TOKEN: 'secret' })).rejects.toMatchObject({
    code: 'CONFIG.URL_INVALID',
    message: 'Cannot use TOKEN in the environment: it has no scheme',
  });
});
