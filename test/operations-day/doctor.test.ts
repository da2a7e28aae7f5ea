import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { openExistingHistory } from '../../src/app.ts';
import { openEncryption, readIdentities } from '../../src/config/encryption.ts';
import { AppError } from '../../src/errors.ts';
import { backup } from '../../src/operations/backup.ts';
import type { DoctorContext } from '../../src/operations/doctor/doctor-check.ts';
import { isSupported } from '../../src/operations/doctor/node-check.ts';
import { doctor } from '../../src/operations/doctor.ts';
import { cronBlock } from '../../src/operations/scheduling/cron-lines.ts';
import type { OffsiteTarget } from '../../src/ports/offsite.ts';
import { defaultPolicy } from '../../src/retention/policy.ts';
import { defaultSchedule } from '../../src/retention/schedule.ts';
import { writeToken } from '../../src/storage/drive/token-file.ts';
import { makeKeys } from '../support/age.ts';
import { openDriveRig } from '../support/drive-rig.ts';
import { createMemoryStore } from '../support/memory-store.ts';
import { backupOf } from '../support/operations/requests.ts';
import { ShopFolder } from './shop-folder.ts';

const now = '2026-11-21T10:00:00Z';

const program = {
  ...{ node: '/usr/bin/node', bin: '/opt/holdfast/bin/holdfast.js', appFolder: '/srv/shop', options: [] },
  ...{ logFile: '/srv/shop/backups/holdfast.log', searchPath: '/usr/bin' },
};

/** A shop where everything is as it should be; each test spoils something. */
function contextOf(shop: ShopFolder, more: Partial<DoctorContext> = {}): DoctorContext {
  const historyPath = path.join(shop.backups, 'history.db');
  return {
    ports: shop.ports,
    host: {
      nodeVersion: '20.20.2',
      freeBytes: async () => 1e9,
      fileTime: async () => shop.now,
      isCronRunning: async () => true,
    },
    crontab: { read: async () => `${cronBlock(program).join('\n')}\n`, write: () => expect.unreachable() },
    program,
    settings: {
      ...{ appFolder: '/srv/shop', schedule: defaultSchedule, isCompressed: true, historyPath },
      ...{ sources: ['.env'], warnings: [], policyFaults: [] },
    },
    readPrisma: async () => ({ version: '7.10.0', models: 1, warnings: [] }),
    async readDatabase() {
      const database = await shop.ports.engines.open(shop.target, { lockTimeoutMs: 1000 });
      const access = await database.examineAccess({ allSchemas: false });
      await database.close();
      return { identity: database.identity, origin: 'the test', access, warnings: [] };
    },
    openHistory: () =>
      openExistingHistory({ path: historyPath, clock: shop.ports.clock, note: () => expect.unreachable() }),
    readNotifications: async () => ({ channels: [], remindAfterMs: 1, problems: [] }),
    asksTargets: false,
    ...more,
  };
}

async function findingsOf(shop: ShopFolder, more: Partial<DoctorContext> = {}): Promise<unknown[]> {
  const { ok, findings } = await doctor(contextOf(shop, more));
  expect(ok).toBe(findings.length === 0);
  expect(findings.every(({ message, hint }) => message !== '' && hint !== '')).toBe(true);
  return findings.map(({ severity, check }) => `${severity} ${check}`);
}

it('finds nothing where everything is in place, before the first backup and after it', async () => {
  const shop = new ShopFolder(now);
  expect(await findingsOf(shop)).toEqual([]);
  await backup(shop.ports, backupOf(shop.target));
  const { checks, ok } = await doctor(contextOf(shop));
  expect(ok).toBe(true);
  expect(checks.map(({ check, ok: isGood }) => [check, isGood])).toEqual(
    [
      'node',
      'settings',
      'prisma',
      'database',
      'access',
      'folder',
      'space',
      'clock',
      'schedule',
      'history',
      'channels',
      'encryption',
      'targets',
    ].map((name) => [name, true]),
  );
});

it.each([
  ['18.20.0', false],
  ['20.18.3', false],
  ['20.19.0', true],
  ['22.11.0', false],
  ['22.12.0', true],
  ['23.5.0', false],
  ['24.0.0', true],
  ['26.1.0', true],
])('knows whether Node %s is supported', async (nodeVersion, isGood) => {
  expect(isSupported(nodeVersion)).toBe(isGood);
  const shop = new ShopFolder(now);
  const host = { ...contextOf(shop).host, nodeVersion };
  expect(await findingsOf(shop, { host })).toEqual(isGood ? [] : ['error node.version']);
});

it('finds settings that have no effect, and a policy that deletes nothing', async () => {
  const shop = new ShopFolder(now);
  const settings = { ...contextOf(shop).settings, warnings: ['odd'], policyFaults: ['unknown'] };
  expect(await findingsOf(shop, { settings })).toEqual(['warning settings.warning', 'error settings.policy']);
});

it('finds a Prisma that it does not know, and a schema that cannot be read', async () => {
  const readPrisma = async () => ({
    version: '8.0.0',
    models: null,
    warnings: ['No Prisma schema was found'],
  });
  expect(await findingsOf(new ShopFolder(now), { readPrisma })).toEqual([
    'warning prisma.schema',
    'warning prisma.version',
  ]);
});

it('tells once why the database cannot be reached, and makes the other checks all the same', async () => {
  const readDatabase = async (): Promise<never> => {
    throw new AppError('DATABASE.UNREACHABLE', 'Cannot reach the server', { hint: 'Start it' });
  };
  const { checks, findings } = await doctor(contextOf(new ShopFolder(now), { readDatabase }));
  expect(findings.map(({ check, hint }) => [check, hint])).toEqual([['DATABASE.UNREACHABLE', 'Start it']]);
  expect(checks.filter(({ ok }) => !ok).map(({ check }) => check)).toEqual(['database', 'access']);
  expect(checks).toHaveLength(13);
});

it('tells a database that cannot be backed up from one that cannot be restored', async () => {
  const shop = new ShopFolder(now);
  const database = await contextOf(shop).readDatabase();
  const obstacle = {
    tables: [{ schema: 'public', name: 'product' }],
    message: 'No right',
    remedy: 'GRANT it',
  };
  const obstacles = (['reading', 'hidden rows', 'restoring'] as const).map((what) => ({ what, ...obstacle }));
  const readDatabase = async () => ({ ...database, access: { ...database.access, obstacles } });
  expect(await findingsOf(shop, { readDatabase })).toEqual([
    'error access.read',
    'error access.rows',
    'warning access.restore',
  ]);
});

it('finds a backup folder that is open to others, and one of another database', async () => {
  const shop = new ShopFolder(now);
  await backup(shop.ports, backupOf(shop.target));
  chmodSync(shop.backups, 0o777);
  expect(await findingsOf(shop)).toEqual(['error folder.open']);
  chmodSync(shop.backups, 0o700);
  const database = await contextOf(shop).readDatabase();
  const readDatabase = async () => ({
    ...database,
    identity: { ...database.identity, name: '/srv/other.db' },
  });
  expect(await findingsOf(shop, { readDatabase })).toEqual(['error FOLDER.OTHER_DATABASE']);
});

it.each([
  [1e9, []],
  [5000, ['warning space.low']],
  [100, ['error space.low']],
])('measures %i free bytes by the expected size of a snapshot', async (bytes, expected) => {
  const shop = new ShopFolder(now);
  const host = { ...contextOf(shop).host, freeBytes: async () => bytes };
  expect(await findingsOf(shop, { host })).toEqual(expected);
});

it('finds a clock that is far from the one of the files', async () => {
  const shop = new ShopFolder(now);
  const hostAt = (ms: number) => ({
    ...contextOf(shop).host,
    fileTime: async () => new Date(shop.now.getTime() + ms),
  });
  expect(await findingsOf(shop, { host: hostAt(5000) })).toEqual([]);
  expect(await findingsOf(shop, { host: hostAt(-60_000) })).toEqual(['warning clock.files']);
});

it('finds a schedule that nothing starts', async () => {
  const shop = new ShopFolder(now);
  const crontab = (text: string) => ({ read: async () => text, write: () => expect.unreachable() });
  const block = cronBlock(program).join('\n');
  expect(await findingsOf(shop, { crontab: crontab('') })).toEqual(['warning schedule.missing']);
  expect(await findingsOf(shop, { crontab: crontab(block.replace('umask 077; ', '')) })).toEqual([
    'warning schedule.outdated',
  ]);
  const host = { ...contextOf(shop).host, isCronRunning: async () => false };
  expect(await findingsOf(shop, { host })).toEqual(['error schedule.cron']);
  const off = {
    ...contextOf(shop).settings,
    schedule: { zone: 'UTC', daily: null, weekly: null, monthly: null },
  };
  expect(await findingsOf(shop, { settings: off, crontab: crontab('') })).toEqual([]);
  const read = async (): Promise<never> => {
    throw new AppError('SCHEDULE.CRONTAB', 'Cannot find the program crontab', { hint: 'Install cron' });
  };
  expect(await findingsOf(shop, { crontab: { read, write: read } })).toEqual(['warning SCHEDULE.CRONTAB']);
});

it('finds a history that cannot be opened', async () => {
  const shop = new ShopFolder(now);
  const historyPath = path.join(shop.backups, 'history.db');
  mkdirSync(historyPath, { recursive: true });
  writeFileSync(path.join(historyPath, 'x'), '');
  chmodSync(shop.backups, 0o700);
  expect(await findingsOf(shop)).toEqual(['error HISTORY.UNUSABLE']);
});

it('finds channels that cannot work', async () => {
  const readNotifications = async () => ({ channels: [], remindAfterMs: 1, problems: ["'webhook': no url"] });
  expect(await findingsOf(new ShopFolder(now), { readNotifications })).toEqual(['error channels.setting']);
});

/** The context of a shop with these keys. */
function encrypting(recipients: readonly string[], identityFile: string | null): Partial<DoctorContext> {
  const keys = openEncryption({ recipients, identityFile, passphraseFile: null, passphraseFd: null });
  return {
    ports: { ...new ShopFolder(now).ports, ...keys },
    ...(identityFile === null ? {} : { readIdentities: () => readIdentities(identityFile) }),
  };
}

it('finds keys that cannot be used, or do not fit each other', async () => {
  const shop = new ShopFolder(now);
  const [own, other] = [await makeKeys(), await makeKeys()];
  const file = path.join(path.dirname(shop.file), 'identity.txt');
  writeFileSync(file, own.identity, { mode: 0o600 });
  expect(await findingsOf(shop, encrypting([own.recipient], file))).toEqual([]);
  expect(await findingsOf(shop, encrypting([own.recipient], null))).toEqual([]);
  expect(await findingsOf(shop, encrypting([other.recipient], file))).toEqual(['error encryption.identity']);
  expect(await findingsOf(shop, encrypting(['age1typo'], file))).toEqual(['error ENCRYPTION.KEY']);
  expect(await findingsOf(shop, encrypting([], file))).toEqual([]);
  chmodSync(file, 0o644);
  expect(await findingsOf(shop, encrypting([], file))).toEqual(['error ENCRYPTION.KEY']);
  expect(await findingsOf(shop, encrypting([own.recipient], file))).toEqual(['error ENCRYPTION.KEY']);
  expect(await findingsOf(shop, encrypting([own.recipient], `${file}.lost`))).toEqual([
    'error ENCRYPTION.KEY',
  ]);
});

function contextWith(more: Partial<OffsiteTarget>, asksTargets = false): Partial<DoctorContext> {
  const target: OffsiteTarget = {
    ...{
      name: 'disk',
      kind: 'folder',
      required: true,
      policy: defaultPolicy,
      policyFaults: [],
      allowsPlain: true,
      isPlainMeant: true,
    },
    open: async () => createMemoryStore('disk'),
    ...more,
  };
  return { ports: { ...new ShopFolder(now).ports, targets: async () => [target] }, asksTargets };
}

it('finds targets that cannot work, and copies that anybody can read', async () => {
  const shop = new ShopFolder(now);
  expect(await findingsOf(shop, contextWith({}))).toEqual([]);
  expect(await findingsOf(shop, contextWith({ isPlainMeant: false }))).toEqual([
    'warning offsite.not-encrypted',
  ]);
  const refusing = { allowsPlain: false, isPlainMeant: false };
  expect(await findingsOf(shop, contextWith(refusing))).toEqual(['error offsite.not-encrypted']);
  expect(await findingsOf(shop, contextWith({ ...refusing, required: false }))).toEqual([
    'warning offsite.not-encrypted',
  ]);
  expect(await findingsOf(shop, contextWith({ policyFaults: ['unknown'] }))).toEqual([
    'error targets.policy',
  ]);
  const open = async (): Promise<never> => {
    throw new AppError('STORE.SETTING', 'Cannot use the target disk', { hint: 'Correct it' });
  };
  expect(await findingsOf(shop, contextWith({ kind: 'unusable', policyFaults: ['x'], open }))).toEqual([
    'error STORE.SETTING',
  ]);
  expect(await findingsOf(shop, contextWith({ required: false, open }))).toEqual(['warning STORE.SETTING']);
});

it('reaches no target unless it is asked to', async () => {
  const shop = new ShopFolder(now);
  const list = async (): Promise<never> => {
    throw new AppError('STORE.UNREACHABLE', 'Cannot reach disk');
  };
  const open = async () => ({ ...createMemoryStore('disk'), list });
  expect(await findingsOf(shop, contextWith({ open }))).toEqual([]);
  expect(await findingsOf(shop, contextWith({ open }, true))).toEqual(['error STORE.UNREACHABLE']);
  const { checks } = await doctor(contextOf(shop, contextWith({})));
  expect(checks.at(-1)!.found).toBe('disk (folder); not asked whether they can be reached (--remote)');
});

it('finds a login to Google Drive that ends, or that there is none, and asks nobody', async () => {
  const rig = await openDriveRig();
  const isLoggedOut = await openDriveRig({ isLoggedOut: true });
  // Whoever asked would not be answered.
  await Promise.all([rig.close(), isLoggedOut.close()]);
  const shop = new ShopFolder(now);
  const drive = (readLogin: OffsiteTarget['readLogin']) =>
    contextWith({ kind: 'drive', readLogin: readLogin! });
  expect(
    await findingsOf(
      shop,
      drive(() => rig.access.readLogin()),
    ),
  ).toEqual([]);
  const { credentials } = rig.settings;
  if (credentials.kind !== 'person') expect.unreachable();
  await writeToken(credentials.tokenPath, {
    ...{ refreshToken: 'r', clientId: rig.fake.accounts.clientId, account: 'a@example.org' },
    obtained: new Date('2026-11-19T00:00:00Z'),
    expires: new Date('2026-11-26T00:00:00Z'),
  });
  expect(
    await findingsOf(
      shop,
      drive(() => rig.access.readLogin()),
    ),
  ).toEqual(['warning targets.login']);
  expect(
    await findingsOf(
      shop,
      drive(() => isLoggedOut.access.readLogin()),
    ),
  ).toEqual(['error STORE.AUTHENTICATION']);
});
