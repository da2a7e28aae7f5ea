import { copyFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPorts } from '../../src/app.ts';
import { drill } from '../../src/operations/drill.ts';
import type { DrillResult } from '../../src/operations/drilling/request.ts';
import type { Database } from '../../src/ports/database.ts';
import type { DrillDatabase } from '../../src/ports/drill.ts';
import type { Ports } from '../../src/ports/ports.ts';
import { documentOf, errorOf } from '../support/cli.ts';
import { describeEngine, mysqlServer, postgresServer } from '../support/engines.ts';
import { columnOf, flipByte, forge, rowsOf, type SnapshotDocument } from './drill/bad-snapshot.ts';
import { drillOf, placesOf } from './drill/drill-request.ts';
import {
  type DrillRig,
  openMysqlDrillRig,
  openPostgresDrillRig,
  openSqliteDrillRig,
} from './drill/drill-rigs.ts';
import { mustRun } from './rigs/rig.ts';

const timeoutMs = 60_000;

/** Customers with orders, whose total is the sum of what was paid and what is open. */
const shop: Readonly<Record<'sqlite' | 'postgresql' | 'mysql', readonly string[]>> = {
  sqlite: [
    'CREATE TABLE customers (id INTEGER PRIMARY KEY AUTOINCREMENT, email TEXT NOT NULL UNIQUE)',
    'CREATE TABLE orders (id INTEGER PRIMARY KEY AUTOINCREMENT, customer_id INTEGER NOT NULL REFERENCES customers (id), paid INTEGER NOT NULL, open INTEGER NOT NULL, total INTEGER NOT NULL)',
  ],
  postgresql: [
    'CREATE TABLE customers (id serial PRIMARY KEY, email text NOT NULL UNIQUE)',
    'CREATE TABLE orders (id integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY, customer_id integer NOT NULL REFERENCES customers (id), paid integer NOT NULL, open integer NOT NULL, total integer NOT NULL)',
  ],
  mysql: [
    'CREATE TABLE customers (id INT PRIMARY KEY AUTO_INCREMENT, email VARCHAR(100) NOT NULL UNIQUE)',
    'CREATE TABLE orders (id INT PRIMARY KEY AUTO_INCREMENT, customer_id INT NOT NULL, paid INT NOT NULL, open INT NOT NULL, total INT NOT NULL, FOREIGN KEY (customer_id) REFERENCES customers (id))',
  ],
};

const filled = [
  "INSERT INTO customers (email) VALUES ('a@example.com'), ('b@example.com'), ('c@example.com'), ('d@example.com')",
  'INSERT INTO orders (customer_id, paid, open, total) VALUES (1, 5, 5, 10), (2, 1, 2, 3), (4, 4, 0, 4)',
];

const model = (name: string, table: string, fields: string): string =>
  `model ${name} {\n  id Int @id @default(autoincrement())\n${fields}\n  @@map("${table}")\n}\n`;

function schemaOf(provider: string): string {
  const customer = '  email String @unique\n  orders Order[]';
  const order =
    '  customerId Int @map("customer_id")\n  customer Customer @relation(fields: [customerId], references: [id])\n  paid Int\n  open Int\n  total Int';
  return `datasource db {\n  provider = "${provider}"\n}\n${model('Customer', 'customers', customer)}${model('Order', 'orders', order)}`;
}

interface Bad {
  readonly what: string;
  readonly spoil: (file: string) => Promise<void> | void;
  /** The checks that find it. */
  readonly checks: RegExp;
  readonly says: RegExp;
}

const changed = (change: (document: SnapshotDocument) => void) => (file: string) => forge(file, change);

/** The same in a table whatever its columns are called. */
const cell = (
  document: SnapshotDocument,
  table: string,
  row: number,
  column: string,
  value: string | number,
): void => {
  const at = columnOf(document, table, column);
  rowsOf(document, table)[row]![at] = value;
};

const bad: readonly Bad[] = [
  {
    what: 'a flipped byte',
    spoil: flipByte,
    checks: /^SNAPSHOT\.(CHECKSUM|CONTENT|TRUNCATED)$/,
    says: /checksum|not|block/i,
  },
  {
    what: 'missing parents',
    spoil: changed((document) => void rowsOf(document, 'customers').splice(1, 1)),
    checks: /^orphans$/,
    says: /1 /,
  },
  {
    what: 'an orphan',
    spoil: changed((document) => cell(document, 'orders', 1, 'customer_id', 77)),
    checks: /^orphans$/,
    says: /1 /,
  },
  {
    what: 'a next id behind the data',
    spoil: changed(({ manifest }) => {
      manifest.sequences = manifest.sequences.map((one) =>
        one.feeds?.table.name === 'orders' ? { ...one, lastValue: '2', isCalled: true } : one,
      );
    }),
    checks: /^next-id-behind$/,
    says: /next id/,
  },
  {
    what: 'a row that breaks a unique index',
    spoil: changed((document) => cell(document, 'customers', 2, 'email', 'a@example.com')),
    checks: /^RESTORE\.(ROW|CHECK)$/,
    says: /cannot be restored/i,
  },
  {
    what: 'a row that breaks a business rule',
    spoil: changed((document) => cell(document, 'orders', 0, 'total', 11)),
    checks: /^rule$/,
    says: /total/,
  },
];

interface Suite {
  readonly provider: keyof typeof shop;
  readonly open: () => Promise<DrillRig>;
}

function describeBadSnapshots({ provider, open }: Suite): void {
  let drillRig: DrillRig;
  let file: string;
  const good = (): string => `${file}.good`;

  beforeAll(async () => {
    drillRig = await open();
    const { rig } = drillRig;
    await rig.execute(...shop[provider], ...filled);
    writeFileSync(path.join(rig.folder, 'schema.prisma'), schemaOf(provider));
    const settings = { rules: ['Order.total = Order.paid + Order.open'] };
    writeFileSync(path.join(rig.folder, 'holdfast.config.json'), JSON.stringify(settings));
    const { snapshot } = documentOf(await mustRun(rig, 'backup', '--json')) as { snapshot: { path: string } };
    file = snapshot.path;
    for (const ending of ['', '.meta.json']) copyFileSync(`${file}${ending}`, `${good()}${ending}`);
  }, timeoutMs);
  afterAll(() => drillRig.drop());

  const bringBack = (): void => {
    for (const ending of ['', '.meta.json']) copyFileSync(`${good()}${ending}`, `${file}${ending}`);
  };
  const drillIt = async (): Promise<{ readonly exitCode: number; readonly result: DrillResult }> => {
    const run = await drillRig.rig.run('drill', 'latest', '--json');
    return { exitCode: run.exitCode, result: documentOf(run) as unknown as DrillResult };
  };

  it('finds nothing in the good one, also when it is written anew', { timeout: timeoutMs }, async () => {
    bringBack();
    await forge(file, () => undefined);
    const { exitCode, result } = await drillIt();
    expect(result.findings).toEqual([]);
    expect([exitCode, result.nextIds]).toEqual([0, { written: 2, empty: 0, refused: 0 }]);
    expect(result.drilled).not.toBeNull();
  });

  it.each(bad)('finds $what', { timeout: timeoutMs }, async ({ spoil, checks, says }) => {
    bringBack();
    await spoil(file);
    const before = await drillRig.rig.digest();
    const { exitCode, result } = await drillIt();
    expect(result.findings.map(({ check }) => check)).toEqual([expect.stringMatching(checks)]);
    expect(result.findings[0]!.message).toMatch(says);
    expect([exitCode, result.ok, result.drilled]).toEqual([4, false, null]);
    expect(await drillRig.leftovers()).toEqual([]);
    expect(await drillRig.rig.digest()).toEqual(before);
    bringBack();
    expect((await drillIt()).exitCode).toBe(0);
  });

  it('takes the mark away from a snapshot that no longer passes', { timeout: timeoutMs }, async () => {
    bringBack();
    const { result } = await drillIt();
    expect(result.drilled).not.toBeNull();
    await forge(file, (document) => cell(document, 'orders', 1, 'customer_id', 77));
    await drillIt();
    const { lastDrill, findings } = documentOf(await drillRig.rig.run('health', '--json')) as {
      lastDrill: unknown;
      findings: { check: string }[];
    };
    expect(lastDrill).toBeNull();
    expect(findings.map(({ check }) => check)).toContain('drill.failed');
  });

  describe('with a restore that loses a row, or gives it another value', () => {
    it.each([
      ['row-count', (rows: Buffer[]) => rows.slice(1)],
      [
        'row-digest',
        (rows: Buffer[]) => [Buffer.from(rows[0]!.toString().replace('10', '99')), ...rows.slice(1)],
      ],
    ] as const)('finds the %s', { timeout: timeoutMs }, async (check, change) => {
      bringBack();
      const { target, folder } = placesOf(drillRig.rig, provider);
      const ports = openPorts({ backupDir: folder, progress: silent });
      const faulty = { ...ports, openDrillPlace: losingRows(ports.openDrillPlace, change) };
      const request = drillOf(target, folder);
      const result = await drill(faulty, request);
      expect(result.findings.map((one) => one.check)).toContain(check);
      const sound = await drill(ports, request);
      expect(sound.findings).toEqual([]);
    });
  });
}

const silent = { phase() {}, item() {}, advance() {}, note() {} };

/** Databases that read back something else than what was written into the orders. */
function losingRows(
  open: Ports['openDrillPlace'],
  change: (rows: Buffer[]) => Buffer[],
): Ports['openDrillPlace'] {
  return async (...args) => {
    const place = await open(...args);
    return {
      sweep: () => place.sweep(),
      close: () => place.close(),
      create: async (schemas) => {
        const made = await place.create(schemas);
        const wrapped: DrillDatabase = {
          ...made,
          open: async (options) => reading(await made.open(options), change),
        };
        return wrapped;
      },
    };
  };
}

function reading(database: Database, change: (rows: Buffer[]) => Buffer[]): Database {
  return {
    identity: database.identity,
    confirmName: database.confirmName,
    async openSnapshot(scope) {
      const inner = await database.openSnapshot(scope);
      return {
        catalogue: inner.catalogue,
        check: (...args) => inner.check(...args),
        close: () => inner.close(),
        async *rows(table, options) {
          for await (const chunk of inner.rows(table, options)) {
            if (table.name !== 'orders') yield chunk;
            else {
              const lines = chunk.bytes.toString('utf8').split(/(?<=\n)/);
              const kept = change(lines.map((line) => Buffer.from(line)));
              yield { bytes: Buffer.concat(kept), rows: kept.length };
            }
          }
        },
      };
    },
    openRestore: (request) => database.openRestore(request),
    examineAccess: (scope) => database.examineAccess(scope),
    tryNextIds: (columns) => database.tryNextIds(columns),
    finishRestore: (journal) => database.finishRestore(journal),
    close: () => database.close(),
  };
}

describe('on SQLite', () =>
  describeBadSnapshots({ provider: 'sqlite', open: async () => openSqliteDrillRig() }));

describeEngine(postgresServer, 'on PostgreSQL', (url) => {
  describe.each(['database', 'schema'] as const)('in a %s', (kind) =>
    describeBadSnapshots({ provider: 'postgresql', open: () => openPostgresDrillRig(url, kind) }),
  );
});

describeEngine(mysqlServer, 'on MariaDB', (url) => {
  describeBadSnapshots({ provider: 'mysql', open: () => openMysqlDrillRig(url) });

  it('says which right is missing', { timeout: timeoutMs }, async () => {
    const { openMysqlRig } = await import('./rigs/mysql-rig.ts');
    const rig = await openMysqlRig(url);
    try {
      await rig.execute(...shop.mysql);
      await mustRun(rig, 'backup');
      const refused = await rig.run('drill', '--json');
      expect(refused.exitCode).toBe(2);
      expect(errorOf(refused)).toMatchObject({ code: 'DATABASE.PERMISSION', hint: /GRANT ALL/ });
    } finally {
      await rig.drop();
    }
  });
});

describe('an encrypted snapshot', () => {
  it('needs its identity, and passes with it', { timeout: timeoutMs }, async () => {
    const { rig } = openSqliteDrillRig();
    await rig.execute(...shop.sqlite, ...filled);
    const made = await mustRun(rig, 'keys', 'new', '-o', 'key.txt', '--json');
    const { recipient } = documentOf(made) as { recipient: string };
    await mustRun(rig, 'backup', '--encrypt', recipient);
    const refused = await rig.run('drill', '--json');
    expect(refused.exitCode).toBe(2);
    expect(errorOf(refused)).toMatchObject({ code: 'ENCRYPTION.IDENTITY_MISSING' });
    await mustRun(rig, 'drill', '--identity', 'key.txt');
  });
});
