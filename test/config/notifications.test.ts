import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readNotifications } from '../../src/config/notifications.ts';
import { AppFolder } from './app-folder.ts';

let app: AppFolder;
beforeEach(async () => {
  app = await AppFolder.create();
});
afterEach(() => app.remove());

const env = {
  HOOK: 'https://hooks.example.com/services/T0/B0/very-secret',
  PLAIN: 'http://hooks.example.com/x',
  LOCAL: 'http://127.0.0.1:8000/x',
  WORDS: 'not an address',
  PASS: 'hunter2',
};

async function read(notifications: unknown) {
  await app.write('holdfast.config.json', JSON.stringify({ notifications }));
  return readNotifications(await app.settings(env));
}

describe('readNotifications', () => {
  it('finds nothing where nothing is said', async () => {
    expect(await readNotifications(await app.settings())).toEqual({
      channels: [],
      remindAfterMs: 12 * 3_600_000,
      problems: [],
    });
  });

  it('takes addresses, passwords and headers from the environment', async () => {
    const { channels, problems } = await read({
      webhook: [
        {
          url: { env: 'HOOK' },
          template: 'slack',
          headers: { 'X-Key': { env: 'PASS' }, 'X-Kind': 'backup' },
        },
        { name: 'two', url: { env: 'LOCAL' }, template: { text: '{{title}}' }, on: ['failure'] },
      ],
      heartbeat: { url: { env: 'HOOK' } },
      mail: {
        ...{ host: 'smtp.example.com', user: 'joe', password: { env: 'PASS' }, from: 'a@example.com' },
        to: ['b@example.com', 'c@example.com'],
      },
    });
    expect(problems).toEqual([]);
    expect(channels).toMatchObject([
      {
        kind: 'webhook',
        url: env.HOOK,
        headers: { 'X-Key': 'hunter2', 'X-Kind': 'backup' },
        escapesMarkup: true,
      },
      { kind: 'webhook', name: 'two', url: env.LOCAL, on: ['failure'], escapesMarkup: false },
      {
        ...{ kind: 'mail', host: 'smtp.example.com', port: 587, security: 'starttls' },
        auth: { user: 'joe', password: 'hunter2' },
        to: ['b@example.com', 'c@example.com'],
      },
      { kind: 'heartbeat', url: env.HOOK, on: ['failure', 'recovery', 'findings'] },
    ]);
  });

  it.each([
    ['an address that stands in the file', { webhook: { url: env.HOOK } }, 'it is a secret'],
    ['a password that stands in the file', mail({ user: 'joe', password: 'hunter2' }), 'it is a secret'],
    ['a variable that is not set', { heartbeat: { url: { env: 'NONE' } } }, 'NONE, which is not set'],
    ['http to another machine', { webhook: { url: { env: 'PLAIN' } } }, '"allowHttp": true'],
    ['what is no address', { webhook: { url: { env: 'WORDS' } } }, 'WORDS holds no address'],
    ['an unknown key', { webhook: { url: { env: 'HOOK' }, chanel: 'x' } }, 'chanel'],
    [
      'an unknown name in a template',
      { webhook: { url: { env: 'HOOK' }, template: { t: '{{titel}}' } } },
      '{{titel}}',
    ],
    ['an unknown template', { webhook: { url: { env: 'HOOK' }, template: 'teams' } }, 'template'],
    ['mail without encryption', mail({ security: 'none' }), '"allowUnencrypted": true'],
    ['a user without a password', mail({ user: 'joe' }), 'both user and password'],
    ['a sender that is none', mail({ from: 'nobody' }), 'from'],
    ['a certificate that is not there', mail({ caFile: 'ca.pem' }), 'caFile cannot be read'],
    [
      'a header that is none',
      { webhook: { url: { env: 'HOOK' }, headers: { 'a b': 'x' } } },
      'no header of HTTP',
    ],
  ])('makes a channel unusable for %s, and keeps the other', async (_what, broken, reason) => {
    const good = {
      heartbeat: [{ url: { env: 'HOOK' } }].concat((broken as { heartbeat?: never }).heartbeat ?? []),
    };
    const { channels, problems } = await read({ ...broken, ...good });
    expect(problems).toEqual([expect.stringContaining(reason)]);
    const unusable = channels.filter(({ kind }) => kind === 'unusable');
    expect(unusable).toMatchObject([{ reason: expect.stringContaining(reason) }]);
    expect(channels).toHaveLength(2);
    expect(JSON.stringify(problems)).not.toMatch(/hunter2|very-secret/);
  });

  it('takes http and no encryption to other machines when told so', async () => {
    const { channels, problems } = await read({
      webhook: { url: { env: 'PLAIN' }, allowHttp: true },
      ...mail({ security: 'none', allowUnencrypted: true }),
    });
    expect([problems, channels.map(({ kind }) => kind)]).toEqual([[], ['webhook', 'mail']]);
  });

  it('reads a certificate beside the settings file', async () => {
    writeFileSync(path.join(app.path, 'ca.pem'), 'PEM');
    expect((await read(mail({ caFile: 'ca.pem' }))).channels).toMatchObject([{ ca: 'PEM' }]);
  });

  it.each([[[]], ['x'], [null], [7]])('reports %j in place of an object, and no more', async (value) => {
    expect(await read(value)).toMatchObject({
      channels: [],
      problems: [expect.stringContaining('expected an object')],
    });
  });

  it('reads how often to remind and of what', async () => {
    expect(await read({ remindAfter: '3d' })).toMatchObject({ remindAfterMs: 3 * 86_400_000, problems: [] });
    const { problems, channels } = await read({
      remindAfter: 'often',
      on: ['luck'],
      webhook: { url: { env: 'HOOK' } },
    });
    expect(problems).toHaveLength(2);
    expect(channels).toMatchObject([{ kind: 'webhook', on: ['failure', 'recovery', 'findings'] }]);
  });
});

function mail(settings: object): { mail: object } {
  return { mail: { host: 'smtp.example.com', from: 'a@example.com', to: 'b@example.com', ...settings } };
}
