import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compareCopies } from '../../src/operations/offsite/compare.ts';
import { planSync } from '../../src/operations/offsite/sync-plan.ts';
import { defaultPolicy } from '../../src/retention/policy.ts';
import { HttpSink } from '../notify/sinks.ts';
import { shop as database, snapshotAt } from '../retention/sidecars.ts';
import { makeKeys } from '../support/age.ts';
import { documentOf } from '../support/cli.ts';
import { type HostileBench, openHostileS3 } from '../support/hostile-s3.ts';
import { hasRclone, rcloneSettings } from '../support/rclone.ts';
import { makeTempFolder } from '../support/sqlite.ts';
import { contentOf, ShopWithTargets } from './shop-with-targets.ts';

const keys = await makeKeys();
const refusal = 'STORE.NOT_ENCRYPTED';

let bench: HostileBench;
let shop: ShopWithTargets;

beforeEach(async () => {
  bench = await openHostileS3();
  shop = new ShopWithTargets();
  shop.env = { ...shop.env, AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret' };
});
afterEach(() => bench.close());

/** The shop has one target, in a bucket. */
function useBucket(more: object = {}): void {
  shop.setTargets({ s3: { kind: 's3', bucket: 'bucket', endpoint: bench.server.endpoint, ...more } });
}

function encrypt(): void {
  shop.env = { ...shop.env, BACKUP_ENCRYPTION_RECIPIENT: keys.recipient };
}

interface Target {
  readonly ok: boolean;
  readonly error: object | null;
  readonly withheld: { readonly code: string; readonly message: string; readonly hint: string } | null;
  readonly copied: readonly string[];
}

function onlyTarget(document: object, field: 'offsite' | 'targets'): Target {
  return (document as Record<string, readonly Target[]>)[field]![0]!;
}

describe('a snapshot that is not encrypted', () => {
  it.each([
    [{ required: true }, 2, 'failed', 'error'],
    [{ required: false }, 4, 'findings', 'warning'],
  ] as const)(
    'does not go to a bucket with %j, and everything says so once',
    async (more, exitCode, recorded, severity) => {
      useBucket(more);
      const result = await shop.run('backup', 'one', '--json');
      const document = documentOf(result);
      expect([result.exitCode, document['ok'], bench.server.objects.size]).toEqual([exitCode, false, 0]);
      expect(document['snapshot']).toMatchObject({ name: 'one' });
      expect(onlyTarget(document, 'offsite')).toMatchObject({
        ...{ ok: false, error: null, copied: [] },
        withheld: {
          code: refusal,
          message: 'Snapshots that are not encrypted do not go to s3, and the newest one is not encrypted',
          hint: expect.stringMatching(/BACKUP_ENCRYPTION_RECIPIENT.*"allowUnencrypted": true/),
        },
      });
      expect(document['warnings']).toHaveLength(1);
      expect(Object.keys(contentOf(shop.backups))).toHaveLength(3);

      const status = await shop.run('sync', 'status');
      expect([status.exitCode, status.stdout.split(refusal)]).toEqual([
        exitCode,
        [expect.anything(), expect.anything()],
      ]);
      const runs = documentOf(await shop.run('history', '--json'))['runs'] as readonly object[];
      expect(runs[0]).toMatchObject({
        ...{ command: 'backup', result: recorded, snapshot: 'one' },
        details: { offsite: [{ target: 's3', ok: false, error: { code: refusal } }] },
      });
      for (const command of ['health', 'doctor']) {
        const { findings } = documentOf(await shop.run(command, '--json'));
        const offsite = (findings as readonly { check: string }[]).filter(({ check }) =>
          /^offsite/.test(check),
        );
        expect([command, offsite]).toEqual([
          command,
          [expect.objectContaining({ check: 'offsite.not-encrypted', severity, samples: ['s3'] })],
        ]);
      }
    },
  );

  it.each([
    ['with allowUnencrypted', { allowUnencrypted: true }, false],
    ['once it is encrypted', {}, true],
  ] as const)('goes there %s, and then nothing is found', async (_when, more, isEncrypted) => {
    useBucket({ required: true, ...more });
    if (isEncrypted) encrypt();
    const result = await shop.run('backup', 'one', '--json');
    expect([result.exitCode, onlyTarget(documentOf(result), 'offsite').withheld]).toEqual([0, null]);
    expect(bench.server.objects.size).toBe(3);
    expect((await shop.run('sync', 'status')).exitCode).toBe(0);
    for (const command of ['health', 'doctor'])
      expect((await shop.run(command, '--json')).stdout).not.toContain('not-encrypted');
  });

  it('stays here without further trouble when a newer one is encrypted', async () => {
    useBucket({ required: true });
    await shop.run('backup', 'old');
    encrypt();
    const result = await shop.run('backup', 'new', '--json');
    expect([result.exitCode, onlyTarget(documentOf(result), 'offsite').copied]).toEqual([0, ['new']]);
    expect([...bench.server.objects.keys()].filter((name) => name.startsWith('old'))).toEqual([]);
    const { exitCode, stdout } = await shop.run('sync');
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('not copied: old: it is not encrypted')]);
  });

  it.runIf(hasRclone())('goes to no remote of rclone either', async () => {
    const remote = makeTempFolder();
    const { configFile } = rcloneSettings(remote);
    shop.env = { ...shop.env, PATH: '/usr/bin:/bin' };
    shop.setTargets({ office: { kind: 'rclone', remote, configFile } });
    expect((await shop.run('backup', 'one')).exitCode).toBe(4);
    expect(contentOf(remote)).toEqual({});
    shop.setTargets({ office: { kind: 'rclone', remote, configFile, allowUnencrypted: true } });
    expect((await shop.run('sync')).exitCode).toBe(0);
    expect(Object.keys(contentOf(remote))).toHaveLength(3);
  });

  it('goes to a folder, unless that is forbidden', async () => {
    const folder = path.join(shop.folder, 'disk');
    mkdirSync(folder);
    shop.setTargets({ disk: { kind: 'folder', path: folder, allowUnencrypted: false } });
    expect((await shop.run('backup', 'one')).exitCode).toBe(4);
    expect(contentOf(folder)).toEqual({});
    shop.setTargets({ disk: { kind: 'folder', path: folder } });
    expect((await shop.run('backup', 'two')).exitCode).toBe(0);
    expect(Object.keys(contentOf(folder))).toHaveLength(6);
  });

  it('is told of by the channels in the same words each night, so once', async () => {
    const sink = await HttpSink.open();
    shop.env = { ...shop.env, HOOK: `${sink.origin}/hook` };
    const settings = {
      targets: { s3: { kind: 's3', bucket: 'bucket', endpoint: bench.server.endpoint, required: true } },
      notifications: { webhook: { url: { env: 'HOOK' } } },
    };
    writeFileSync(path.join(shop.folder, 'holdfast.config.json'), JSON.stringify(settings));
    for (const name of ['one', 'two']) expect((await shop.run('backup', name)).exitCode).toBe(2);
    expect(sink.received.map(({ body }) => body)).toEqual([expect.stringContaining(refusal)]);
    encrypt();
    expect((await shop.run('backup', 'three')).exitCode).toBe(0);
    expect(sink.received).toHaveLength(2);
    await sink.close();
  });
});

describe('the plan for a target that takes only what is encrypted', () => {
  const now = new Date('2026-11-20T12:00:00Z');
  const at = (created: string, ending: '.json.gz' | '.json.gz.age', more: object = {}) => {
    const { sidecar } = snapshotAt(created, [], more);
    const name = `backup-${created.slice(0, 10)}`;
    return { name, path: `/backups/${name}${ending}`, bytes: sidecar.bytes, sidecar, sidecarFault: null };
  };
  const plan = (here: readonly ReturnType<typeof at>[], allowsPlain = false) =>
    planSync(compareCopies(here, []), {
      ...{ direction: 'push', since: null, policy: defaultPolicy, allowsPlain, owner: database },
      retention: { now, owner: database, isClockTrusted: true },
    });
  const [plain, sealed] = ['.json.gz', '.json.gz.age'] as const;

  it.each([
    ['the newest is not encrypted', [at('2026-11-19', plain), at('2026-11-18', sealed)], [false, true], true],
    ['an older one is not', [at('2026-11-19', sealed), at('2026-11-18', plain)], [true, false], false],
    [
      'the newest would not go anyway',
      [at('2026-11-19', plain, { purpose: 'safety' }), at('2026-11-18', sealed)],
      [false, true],
      false,
    ],
  ] as const)('where %s', (_when, here, pushed, isWithheld) => {
    const { items, ...rest } = plan(here);
    expect(items.map(({ action }) => action === 'push')).toEqual(pushed);
    expect(rest.isWithheld).toBe(isWithheld);
    expect(items.some(({ isTrouble }) => isTrouble)).toBe(false);
  });

  it('sends everything where that is allowed', () => {
    const { items, isWithheld } = plan([at('2026-11-19', plain), at('2026-11-18', sealed)], true);
    expect([items.map(({ action }) => action), isWithheld]).toEqual([['push', 'push'], false]);
  });

  it('gives nobody the place of one that does not come', () => {
    const daily = (created: string, ending: '.json.gz' | '.json.gz.age') =>
      at(created, ending, { tier: 'weekly' });
    const policy = { ...defaultPolicy, weekly: { count: 1 } };
    const here = [daily('2026-11-19', plain), daily('2026-11-12', plain), daily('2026-11-05', sealed)];
    const { items } = planSync(compareCopies(here, []), {
      ...{ direction: 'push', since: null, policy, allowsPlain: false, owner: database },
      retention: { now, owner: database, isClockTrusted: true },
    });
    expect(items.map(({ action }) => action)).toEqual(['none', 'none', 'push']);
  });
});
