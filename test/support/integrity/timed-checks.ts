import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { documentOf } from '../cli.ts';
import type { AppDatabase, AppEngine } from '../operations/database.ts';
import { prepareSeeded } from './find-seeded.ts';
import { type SeededDialect, SeededShop } from './seeded.ts';

const schemaFor = (provider: string): string => `
datasource db {
  provider     = "${provider}"
  url          = env("DATABASE_URL")
  relationMode = "prisma"
}
enum Kind {
  A
  B
}
model Parent {
  id    Int     @id
  total Decimal
  rows  Row[]
  @@map("parents")
}
model Row {
  id        Int      @id
  parentId  Int      @map("parent_id")
  code      String   @unique
  kind      Kind
  quantity  Int
  price     Decimal
  createdAt DateTime @default(now()) @map("created_at")
  parent    Parent   @relation(fields: [parentId], references: [id])
  @@map("entries")
}
`;

const rules = ['Parent.total = sum(rows.quantity * rows.price)', 'Row.quantity >= 0'];
const numbers = 'WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 999)';

/** The question of a check in the words of a person who knows SQL, by check, model and field. */
const plainSql: Readonly<Record<string, string>> = {
  'orphans Row.parentId':
    'SELECT count(*) FROM entries e WHERE NOT EXISTS (SELECT 1 FROM parents p WHERE p.id = e.parent_id)',
  'duplicates Row.code':
    'SELECT count(*) FROM (SELECT code FROM entries GROUP BY code HAVING count(*) > 1) AS d',
  'unknown-enum-value Row.kind': "SELECT count(*) FROM entries WHERE kind NOT IN ('A', 'B')",
  'out-of-range Row.quantity':
    'SELECT count(*) FROM entries WHERE quantity < -2147483648 OR quantity > 2147483647',
  'implausible-date Row.createdAt':
    "SELECT count(*) FROM entries WHERE created_at < '1800-01-01' OR created_at > '2100-01-01'",
  'negative-quantity Row.quantity': 'SELECT count(*) FROM entries WHERE quantity < 0',
  'blank-text Row.code': "SELECT count(*) FROM entries WHERE trim(code) = ''",
  'rule Row.quantity': 'SELECT count(*) FROM entries WHERE NOT quantity >= 0',
  'rule Parent.total': `SELECT count(*) FROM parents p LEFT JOIN (SELECT parent_id, sum(quantity * price) AS s FROM entries
    GROUP BY parent_id) AS g ON g.parent_id = p.id WHERE abs(p.total - g.s) > 0.005`,
};

export const measuredHead = ['Check', 'Plain SQL, ms', 'Holdfast, ms', 'On the snapshot, ms'];

/** Times of the checks over so many rows, beside those of the plain SQL. */
export async function measureChecks(
  engine: AppEngine,
  dialect: SeededDialect,
  rows: number,
): Promise<string[][]> {
  const database = await engine.create('timed');
  try {
    await database.run(...prepareSeeded(dialect));
    await fill(database, { rows, isFile: dialect.provider === 'sqlite' });
    const shop = new SeededShop(database, dialect);
    writeFileSync(path.join(shop.folder, 'prisma/schema.prisma'), schemaFor(dialect.provider));
    shop.configure({ rules });
    const snapshot = await shop.backUp();
    const live = await timesOf(shop);
    const stored = await timesOf(shop, snapshot);
    const table: string[][] = [];
    for (const [check, sql] of Object.entries(plainSql)) {
      const started = performance.now();
      await database.rows(sql);
      const plain = Math.round(performance.now() - started);
      table.push([check, String(plain), live.get(check) ?? '-', stored.get(check) ?? '-']);
    }
    return [...table, ['all checks', '', live.get('all')!, stored.get('all')!]];
  } finally {
    await database.drop();
  }
}

async function timesOf(shop: SeededShop, ...argv: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const started = performance.now();
  const document = documentOf(await shop.run('validate', 'data', '--json', '--timeout', '10m', ...argv));
  const all = Math.round(performance.now() - started);
  const { checked, findings } = document as {
    checked: { check: string; model: string; field: string; ms: number }[];
    findings: object[];
  };
  if (findings.length > 0) throw new Error(`sound data has findings: ${JSON.stringify(findings)}`);
  const entries = checked.map(
    ({ check, model, field, ms }) => [`${check} ${model}.${field}`, String(ms)] as const,
  );
  return new Map([...entries, ['all', String(all)]]);
}

async function fill(
  database: AppDatabase,
  { rows, isFile }: { readonly rows: number; readonly isFile: boolean },
): Promise<void> {
  const [text, money, time] = isFile
    ? ['TEXT', 'DECIMAL', 'DATETIME']
    : ['varchar(40)', 'decimal(12,2)', 'timestamp(3)'];
  const parents = Math.ceil(rows / 10);
  await database.run(
    `CREATE TABLE parents (id int PRIMARY KEY, total ${money} NOT NULL)`,
    `CREATE TABLE entries (id int PRIMARY KEY, parent_id int NOT NULL, code ${text} NOT NULL UNIQUE, kind ${text} NOT NULL,
      quantity int NOT NULL, price ${money} NOT NULL, created_at ${time} NOT NULL)`,
    `INSERT INTO parents (id, total) ${numbers}
     SELECT a.i * 1000 + b.i, 0 FROM n AS a, n AS b WHERE a.i * 1000 + b.i < ${parents}`,
    `INSERT INTO entries (id, parent_id, code, kind, quantity, price, created_at) ${numbers}
     SELECT a.i * 1000 + b.i, (a.i * 1000 + b.i) % ${parents}, ${isFile ? "'code ' || (a.i * 1000 + b.i)" : "CONCAT('code ', a.i * 1000 + b.i)"},
       CASE b.i % 2 WHEN 0 THEN 'A' ELSE 'B' END, b.i % 9, 0.25 * (b.i % 400), '2024-05-06 07:08:09'
     FROM n AS a, n AS b WHERE a.i * 1000 + b.i < ${rows}`,
    'CREATE TABLE totals (id int PRIMARY KEY, total numeric(20,2))',
    'INSERT INTO totals SELECT parent_id, sum(quantity * price) FROM entries GROUP BY parent_id',
    'UPDATE parents SET total = (SELECT t.total FROM totals AS t WHERE t.id = parents.id)',
    'DROP TABLE totals',
  );
}
