import { chmodSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { backup } from '../../src/operations/backup.ts';
import { type HealthResult, health } from '../../src/operations/health.ts';
import { emptyRunLog } from '../../src/operations/logged-run.ts';
import type { Ports } from '../../src/ports/ports.ts';
import type { RunEntry } from '../../src/ports/run.ts';
import { defaultSchedule } from '../../src/retention/schedule.ts';
import { projectFolder } from '../support/cli.ts';
import { backupOf } from '../support/operations/requests.ts';
import { ShopFolder } from './shop-folder.ts';

const morning = '2026-11-21T08:00:00Z';
const request = { schedule: defaultSchedule, maxAgeMs: 26 * 3_600_000, maxBytes: 500_000_000 };

function healthOf(
  shop: ShopFolder,
  more: Partial<typeof request> = {},
  ports = shop.ports,
): Promise<HealthResult> {
  return health(ports, { ...request, ...more });
}

/** The same ports with another answer of the folder: what no test can bring about on every machine. */
function withFolder(shop: ShopFolder, change: Partial<Ports['folder']>): Ports {
  const folder = new Proxy(shop.ports.folder, {
    get(target, name) {
      if (Object.hasOwn(change, name)) return change[name as keyof typeof change];
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return { ...shop.ports, folder };
}

function lastRun(more: Partial<RunEntry>) {
  const entry = {
    id: 'a',
    command: 'auto',
    started: morning.replace('Z', '.000Z'),
    finished: null,
    ok: null,
  };
  return { ...emptyRunLog, last: { ...entry, process: process.pid, ...more } };
}

interface Provoked {
  readonly check: string;
  readonly how: string;
  readonly result: (shop: ShopFolder) => Promise<HealthResult>;
  readonly says: RegExp;
}

const table: readonly Provoked[] = [
  {
    check: 'backup.missing',
    how: 'an empty folder',
    says: /There is no verified backup/,
    result: async () => healthOf(new ShopFolder(morning)),
  },
  {
    check: 'backup.old',
    how: '27 hours without a backup',
    says: /is 27 hours old; the limit is 26 hours/,
    result: async (shop) => {
      shop.passHours(27);
      return healthOf(shop);
    },
  },
  {
    check: 'schedule.missed',
    how: 'cron removed: the daily of the next night is not there',
    says: /daily backup that was due 2026-11-22 02:00 UTC is not there, 6 hours later/,
    result: async (shop) => {
      shop.passHours(24);
      return healthOf(shop);
    },
  },
  {
    check: 'runs.failed',
    how: 'five backups in a row of a database that is not there',
    says: /The last 5 backups failed: .*nowhere/,
    result: async (shop) => {
      shop.passHours(19);
      const target = { ...shop.target, file: '/nowhere.db', url: 'file:/nowhere.db' };
      const findRequest = async () => backupOf(target);
      for (let run = 0; run < 5; run++) await shop.auto({ findRequest }).catch(() => undefined);
      return healthOf(shop);
    },
  },
  {
    check: 'drill.failed',
    how: 'a drill that did not pass',
    says: /The last drill of daily-1, ended 2026-11-21 08:00 UTC, did not pass/,
    result: async (shop) => {
      const lastDrill = { snapshot: 'daily-1', finished: morning.replace('Z', '.000Z'), ok: false };
      await shop.ports.folder.writeRuns({ ...emptyRunLog, lastDrill });
      return healthOf(shop);
    },
  },
  {
    check: 'drill.old',
    how: '16 days without the weekly drill',
    says: /No snapshot was restored on trial for 16 days/,
    result: async (shop) => {
      shop.passHours(16 * 24);
      return healthOf(shop, { schedule: { ...defaultSchedule, drill: { weekday: 7, hour: 5, minute: 0 } } });
    },
  },
  {
    check: 'runs.died',
    how: 'a run without an end, whose process is gone',
    says: /The auto begun 2026-11-21 08:00 UTC died/,
    result: async (shop) => {
      await shop.ports.folder.writeRuns(lastRun({ process: 2 ** 22 - 1 }));
      return healthOf(shop);
    },
  },
  {
    check: 'runs.hanging',
    how: 'a run without an end, whose process is alive after seven hours',
    says: /has been running for 7 hours/,
    result: async (shop) => {
      await shop.ports.folder.writeRuns(lastRun({}));
      shop.passHours(7);
      return healthOf(shop);
    },
  },
  {
    check: 'restore.unfinished',
    how: 'the record of a restore without its end',
    says: /The restore begun 2026-11-21 08:00 UTC was interrupted and left 1 thing/,
    result: async (shop) => {
      await shop.ports.folder.writeLastRestore({
        command: 'restore',
        started: morning,
        finished: null,
        target: { provider: 'sqlite', host: null, name: shop.file },
        snapshot: '/x.json.gz',
        safety: null,
        statements: [{ kind: 'trigger', name: 't', sql: 'SELECT 1' }],
      });
      return healthOf(shop);
    },
  },
  {
    check: 'clock.back',
    how: 'the clock an hour behind the last run',
    says: /The clock stands 60 minutes behind/,
    result: async (shop) => {
      shop.passHours(-1);
      return healthOf(shop);
    },
  },
  {
    check: 'clock.future',
    how: 'a snapshot made while the clock was a year ahead',
    says: /1 snapshot is dated in the future/,
    result: async (shop) => {
      shop.passHours(365 * 24);
      await backup(shop.ports, backupOf(shop.target));
      shop.passHours(-365 * 24);
      return healthOf(shop);
    },
  },
  {
    check: 'folder.not-writable',
    how: 'a folder that this user may not write to',
    says: /cannot be written to/,
    result: async (shop) => {
      const examine = async () => ({ isWritable: false, isWritableByOthers: false, readableByOthers: [] });
      return healthOf(shop, {}, withFolder(shop, { examine }));
    },
  },
  {
    check: 'folder.open',
    how: 'chmod 777 on the folder',
    says: /Others than its owner may add and delete/,
    result: async (shop) => {
      chmodSync(shop.backups, 0o777);
      return healthOf(shop);
    },
  },
  {
    check: 'folder.readable',
    how: 'chmod 644 on a snapshot',
    says: /can read 1 snapshot/,
    result: async (shop) => {
      chmodSync((await shop.ports.folder.list())[0]!.path, 0o644);
      return healthOf(shop);
    },
  },
  {
    check: 'space.low',
    how: 'fewer free bytes than two snapshots take',
    says: /has 100 B free, less than twice/,
    result: async (shop) => healthOf(shop, {}, withFolder(shop, { freeBytes: async () => 100 })),
  },
  {
    check: 'rows.unusual',
    how: 'DELETE FROM product, then a backup',
    says: /product is empty in the newest backup; the 1 snapshot before it usually held 100/,
    result: async (shop) => {
      shop.change('DELETE FROM product');
      shop.passHours(1);
      await backup(shop.ports, backupOf(shop.target));
      return healthOf(shop);
    },
  },
  {
    check: 'size.unusual',
    how: 'ten times the bytes of the backup before',
    says: /the 1 snapshot before it usually/,
    result: async (shop) => {
      shop.change('INSERT INTO product (name) SELECT hex(randomblob(500)) FROM product');
      shop.passHours(1);
      await backup(shop.ports, backupOf(shop.target));
      return healthOf(shop);
    },
  },
  {
    check: 'size.limit',
    how: 'BACKUP_MAX_BYTES below the size of a snapshot',
    says: /1 snapshot is beyond 500 B/,
    result: async (shop) => healthOf(shop, { maxBytes: 500 }),
  },
  {
    check: 'backup.unverified',
    how: 'a lost sidecar beside a good backup',
    says: /1 snapshot is not verified/,
    result: async (shop) => {
      await backup(shop.ports, backupOf(shop.target, { name: 'second' }));
      rmSync(`${shop.backups}/second.json.gz.meta.json`);
      return healthOf(shop);
    },
  },
];

const isOfTargets = (check: string): boolean => check.startsWith('offsite.');

function isExplained(check: string, reference: string): boolean {
  return readFileSync(path.join(projectFolder, 'docs', reference), 'utf8').includes(`\`${check}\``);
}

/** What was provoked, for the reader of the log. */
const provoked: string[] = [];
afterAll(() => {
  process.stdout.write(`\nhealth findings, and how each was provoked:\n${provoked.join('\n')}\n`);
});

describe('health', () => {
  it('is good after a night that went well, and says when the next backup is due', async () => {
    const shop = new ShopFolder(morning);
    await shop.auto();
    expect(await healthOf(shop)).toMatchObject({
      ok: true,
      status: 'healthy',
      totalBackups: 1,
      lastBackup: { name: 'monthly-backup-2026-11-01', rows: 100 },
      lastVerified: { name: 'monthly-backup-2026-11-01' },
      nextScheduled: '2026-11-22T02:00:00.000Z',
      consecutiveFailures: 0,
      findings: [],
    });
  });

  it.each(table)('finds $check after $how', async ({ check, how, result, says }) => {
    const shop = new ShopFolder(morning);
    await shop.auto();
    const { findings, ok, status } = await result(shop);
    const found = findings.find((one) => one.check === check);
    expect(found?.message).toMatch(says);
    expect(found?.hint).not.toBe('');
    expect([ok, status]).toEqual([
      false,
      findings.some(({ severity }) => severity === 'error') ? 'error' : 'warning',
    ]);
    provoked.push(`  ${check.padEnd(20)} ${found!.severity.padEnd(8)} ${how}`);
  });

  it('finds nothing that is not in this table, and in the reference', () => {
    const folder = path.join(projectFolder, 'src/operations/health');
    const source = readdirSync(folder).map((name) => readFileSync(path.join(folder, name), 'utf8'));
    const found = source.flatMap((text) => [...text.matchAll(/check: '([a-z-]+\.[a-z-]+)'/g)]);
    const checks = table.map(({ check }) => check).toSorted();
    const all = [...new Set(found.map(([, check = '']) => check))].toSorted();
    // Those of the targets are provoked in test/offsite/copies.test.ts.
    const [ofTargets, others] = [all.filter(isOfTargets), all.filter((check) => !isOfTargets(check))];
    expect(others).toEqual(checks);
    expect(checks.filter((check) => !isExplained(check, 'CLI-operator.md'))).toEqual([]);
    expect(ofTargets.filter((check) => !isExplained(check, 'CLI-offsite.md'))).toEqual([]);
  });

  it('does not ask for tiers that were never in use', async () => {
    const shop = new ShopFolder(morning);
    await backup(shop.ports, backupOf(shop.target));
    expect((await healthOf(shop)).findings).toEqual([]);
  });
});
