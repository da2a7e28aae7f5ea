// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references in .env files look like those in templates
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppFolder } from './app-folder.ts';

let app: AppFolder;
beforeEach(async () => {
  app = await AppFolder.create();
});
afterEach(() => app.remove());

describe('loadSettings', () => {
  it('gives every setting its default', async () => {
    const settings = await app.settings();
    expect(settings).toMatchObject({
      appFolder: app.path,
      schemaPath: null,
      prismaConfigPath: null,
      urlVariable: null,
      backupDir: path.join(app.path, 'backups'),
      retentionDays: 30,
      compression: true,
      compressionLevel: 6,
      maxBytes: 500_000_000,
      encryption: { recipients: [], identityFile: null, passphraseFile: null, passphraseFd: null },
      historyPath: path.join(app.path, 'backups/history.db'),
      historyDays: 1095,
      lockTimeoutMs: 30_000,
      warnings: [],
    });
    expect(new Set(Object.values(settings.origins))).toEqual(new Set(['default']));
  });

  it('takes each setting from the first of flags, environment, .env and file', async () => {
    await app.write(
      'holdfast.config.json',
      JSON.stringify({
        backupDir: 'file',
        retentionDays: 5,
        compressionLevel: 2,
        maxBytes: '2GB',
        lockTimeout: 7,
      }),
    );
    await app.write(
      '.env',
      'BACKUP_DIR=dotenv\nBACKUP_RETENTION_DAYS=6\nBACKUP_COMPRESSION_LEVEL=3\nBACKUP_COMPRESSION=no\n',
    );
    const env = { BACKUP_DIR: 'environment', BACKUP_COMPRESSION_LEVEL: '4' };
    const settings = await app.settings(env, { dir: 'flag' });
    expect(settings).toMatchObject({
      backupDir: path.join(app.path, 'flag'),
      compressionLevel: 4,
      retentionDays: 6,
      compression: false,
      maxBytes: 2_000_000_000,
      lockTimeoutMs: 7000,
      historyPath: path.join(app.path, 'flag/history.db'),
    });
    expect(settings.origins).toEqual({
      backupDir: '--dir',
      compressionLevel: "'BACKUP_COMPRESSION_LEVEL' in the environment",
      retentionDays: "'BACKUP_RETENTION_DAYS' in .env",
      compression: "'BACKUP_COMPRESSION' in .env",
      maxBytes: "'maxBytes' in holdfast.config.json",
      lockTimeout: "'lockTimeout' in holdfast.config.json",
      encryptionRecipient: 'default',
      encryptionIdentity: 'default',
      encryptionPassphraseFile: 'default',
      encryptionPassphraseFd: 'default',
      historyPath: 'default',
      historyDays: 'default',
      maxAge: 'default',
      timeZone: 'default',
      scheduleDaily: 'default',
      scheduleWeekly: 'default',
      scheduleDrill: 'default',
      scheduleMonthly: 'default',
      retentionWeekly: 'default',
      retentionMonthly: 'default',
      retentionMaxCount: 'default',
      retentionManualDays: 'default',
      retentionSafetyDays: 'default',
    });
  });

  it('takes --no-compression, --level and --lock-timeout', async () => {
    const flags = { compression: false, level: '9', lockTimeout: '2m', urlEnv: 'OTHER_URL' };
    expect(await app.settings({ BACKUP_COMPRESSION: 'true' }, flags)).toMatchObject({
      compression: false,
      compressionLevel: 9,
      lockTimeoutMs: 120_000,
      urlVariable: 'OTHER_URL',
    });
  });

  it('starts relative paths where they were written', async () => {
    const shop = path.join(app.path, 'shop');
    await app.write('shop/.env', 'BACKUP_DIR=../copies\n');
    await app.write('etc/holdfast.config.json', '{"historyPath": "h.db", "schema": "s.prisma"}');
    const flags = { app: 'shop', config: 'etc/holdfast.config.json' };
    expect(await app.settings({}, flags)).toMatchObject({
      appFolder: shop,
      backupDir: path.join(app.path, 'copies'),
      historyPath: path.join(app.path, 'etc/h.db'),
      schemaPath: path.join(app.path, 'etc/s.prisma'),
    });
    expect((await app.settings({}, { app: 'shop', dir: 'here' })).backupDir).toBe(
      path.join(app.path, 'here'),
    );
    expect((await app.settings({ BACKUP_DIR: '/abs' }, { app: 'shop' })).backupDir).toBe('/abs');
  });

  it('takes a --config that is not JSON for the prisma.config', async () => {
    const settings = await app.settings({}, { config: 'apps/prisma.config.ts' });
    expect(settings.prismaConfigPath).toBe(path.join(app.path, 'apps/prisma.config.ts'));
  });

  it('reports all wrong settings together', async () => {
    await app.write(
      'holdfast.config.json',
      JSON.stringify({ retentionDays: 'many', backupDir: 7, maxBytes: '5XB' }),
    );
    const env = { BACKUP_COMPRESSION: 'maybe', BACKUP_LOCK_TIMEOUT: 'soon' };
    const failure = app.settings(env, { level: '12' });
    await expect(failure).rejects.toMatchObject({ code: 'CONFIG.SETTING' });
    await expect(failure).rejects.toThrow(
      [
        "Cannot use 6 settings: setting 'backupDir' in holdfast.config.json: expected a text, found 7",
        'setting \'retentionDays\' in holdfast.config.json: expected a number, found "many"',
        "setting 'BACKUP_COMPRESSION' in the environment: expected true or false, found 'maybe'",
        "setting --level: expected a whole number from 1 to 9, found '12'",
        "setting 'maxBytes' in holdfast.config.json: expected a size such as 500MB, 2GB or a number of bytes, found '5XB'",
        "setting 'BACKUP_LOCK_TIMEOUT' in the environment: expected a time such as 30s, 500ms, 2m or a number of seconds, at most 24h, found 'soon'",
      ].join('; '),
    );
  });

  it('warns of unknown keys and proposes the nearest', async () => {
    await app.write(
      'holdfast.config.json',
      '{"$schema": "x", "retentionDay": 3, "databaseUrl": "x", "constructor": 1, "zzzzzz": 1}',
    );
    const { warnings, retentionDays } = await app.settings();
    expect(warnings).toEqual([
      "Setting 'retentionDay' in holdfast.config.json is unknown and has no effect; did you mean 'retentionDays'?",
      "Setting 'databaseUrl' in holdfast.config.json is unknown and has no effect; addresses belong into the environment, and 'urlEnv' names the variable",
      "Setting 'constructor' in holdfast.config.json is unknown and has no effect",
      "Setting 'zzzzzz' in holdfast.config.json is unknown and has no effect",
    ]);
    expect(retentionDays).toBe(30);
  });

  it.each([
    ['[]', 'it does not hold a JSON object'],
    ['null', 'it does not hold a JSON object'],
    ['{"a": ', 'JSON'],
  ])('refuses the settings file %s', async (text, reason) => {
    await app.write('holdfast.config.json', text);
    const failure = app.settings();
    await expect(failure).rejects.toMatchObject({ code: 'CONFIG.FILE' });
    await expect(failure).rejects.toThrow(reason);
  });

  it('refuses a named settings file that is missing', async () => {
    await expect(app.settings({}, { config: 'missing.json' })).rejects.toMatchObject({
      code: 'CONFIG.FILE',
      message: 'Cannot read missing.json: there is no such file',
    });
  });

  it('refuses an application folder that is none', async () => {
    await app.write('file', '');
    for (const folder of ['missing', 'file']) {
      await expect(app.settings({}, { app: folder })).rejects.toMatchObject({
        code: 'USAGE',
        message: `Cannot use ${folder} as the application's folder: it is not a folder`,
      });
    }
  });

  describe('of encryption', () => {
    const recipient = `age1${'q'.repeat(58)}`;

    it('are recipients, as a text or a list, and the places of the keys', async () => {
      const list = `${recipient}, ${recipient}`;
      const fromText = await app.settings(
        { BACKUP_ENCRYPTION_RECIPIENT: list, BACKUP_ENCRYPTION_IDENTITY: 'keys/me.txt' },
        { passphraseFd: '3' },
      );
      expect(fromText.encryption).toEqual({
        recipients: [recipient, recipient],
        identityFile: path.join(app.path, 'keys/me.txt'),
        passphraseFile: null,
        passphraseFd: 3,
      });
      const encryptionRecipient = [recipient, recipient];
      await app.write('holdfast.config.json', JSON.stringify({ encryptionRecipient }));
      expect((await app.settings()).encryption.recipients).toEqual(encryptionRecipient);
      expect((await app.settings({}, { encrypt: [recipient] })).encryption.recipients).toEqual([recipient]);
    });

    it('warn where the recipient is empty, and only there', async () => {
      const empty = await app.settings({ BACKUP_ENCRYPTION_RECIPIENT: ' ' });
      expect(empty.warnings).toEqual([
        'BACKUP_ENCRYPTION_RECIPIENT is empty in the environment: snapshots are not encrypted',
      ]);
      expect((await app.settings()).warnings).toEqual([]);
      expect((await app.settings({ BACKUP_ENCRYPTION_RECIPIENT: recipient })).warnings).toEqual([]);
    });

    it.each([`AGE-SECRET-KEY-1${'Q'.repeat(58)}`, 'age1short', `${recipient},age2x`])(
      'are refused for %s without repeating it',
      async (value) => {
        const error: unknown = await app.settings({ BACKUP_ENCRYPTION_RECIPIENT: value }).catch((one) => one);
        expect(error).toMatchObject({
          code: 'CONFIG.SETTING',
          message: expect.stringContaining('expected'),
        });
        expect(String(error)).not.toContain(value.slice(4));
      },
    );
  });

  it('names a .env that it cannot read', async () => {
    await mkdir(path.join(app.path, '.env'));
    await expect(app.settings()).rejects.toMatchObject({
      code: 'CONFIG.FILE',
      message: expect.stringMatching(/^Cannot read \.env: EISDIR/),
    });
  });
});

describe('the environment of the settings', () => {
  it('prints as nothing', async () => {
    await app.write('.env', 'DATABASE_URL=postgresql://u:secret@h/d\n');
    const settings = await app.settings({ OTHER: 'secret' });
    expect(settings.environment.get('DATABASE_URL')?.value).toContain('secret');
    expect(inspect(settings, { depth: 9 }) + JSON.stringify(settings)).not.toContain('secret');
  });

  it('reads the .env of the application first, then the one beside the schema', async () => {
    await app.write('.env', 'A=app\nBOTH=app\n');
    await app.write('prisma/.env', 'B=schema\nBOTH=schema\n');
    await app.write('prisma/schema.prisma', '');
    const { environment } = await app.settings({ A: 'process' });
    expect(environment.get('A')).toMatchObject({ value: 'process', origin: 'A in the environment' });
    expect(environment.get('B')).toMatchObject({ value: 'schema', origin: 'B in prisma/.env' });
    expect(environment.get('BOTH')).toEqual({
      name: 'BOTH',
      value: 'app',
      place: '.env',
      origin: 'BOTH in .env',
      overruled: 'prisma/.env',
    });
  });

  it('puts in ${NAME} as Prisma does, and leaves a $ without braces', async () => {
    await app.write(
      '.env',
      [
        'PASSWORD=p$ss$HOME',
        'URL=postgresql://u:${PASSWORD}@${HOST}/${DB}',
        'DB=d-${LOOP}',
        'LOOP=x${LOOP}y',
        'ESCAPED=\\${DB}',
        'QUOTED="a ${DB}#1"',
        'EMPTY=${}${MISSING}',
      ].join('\n'),
    );
    await app.write('prisma/.env', 'SECOND=${DB}');
    await app.write('prisma/schema.prisma', '');
    const { environment } = await app.settings({ HOST: 'h', HOME: '/root' });
    const values = ['URL', 'LOOP', 'ESCAPED', 'QUOTED', 'SECOND', 'EMPTY'].map(
      (name) => environment.get(name)?.value,
    );
    expect(values).toEqual(['postgresql://u:p$ss$HOME@h/d-xy', 'xy', '${DB}', 'a d-xy#1', 'd-xy', undefined]);
  });

  it('takes an empty value for not set, and does not look behind it', async () => {
    await app.write('.env', 'BACKUP_DIR=dotenv\n');
    const settings = await app.settings({ BACKUP_DIR: '' });
    expect(settings.backupDir).toBe(path.join(app.path, 'backups'));
    expect(settings.environment.explainMissing('BACKUP_DIR')).toBe('empty in the environment');
    expect(settings.environment.explainMissing('NEVER')).toBe('not set');
  });

  it('writes nothing into the environment of the process', async () => {
    await app.write('.env', 'HOLDFAST_TEST_LEAK=1\n');
    await app.settings();
    expect(Object.keys(process.env)).not.toContain('HOLDFAST_TEST_LEAK');
  });
});
