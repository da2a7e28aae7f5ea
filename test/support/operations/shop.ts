import { backup } from '../../../src/operations/backup.ts';
import type { DatabaseTarget } from '../../../src/ports/database.ts';
import type { Ports } from '../../../src/ports/ports.ts';
import { makeTempFolder } from '../sqlite.ts';
import type { AppDatabase, AppEngine } from './database.ts';
import { backupOf, portsFor } from './requests.ts';

/** The tables of a small shop: ids that number themselves, a unique column, a reference, a table without a key. */
export function shopTables({ dialect }: AppEngine): string[] {
  const { types, autoKey } = dialect;
  return [
    `CREATE TABLE customers (id ${autoKey}, email ${types.text}, name ${types.text}, UNIQUE (email))`,
    `CREATE TABLE orders (id ${autoKey}, customer_id ${types.int} NOT NULL, total ${types.decimal}, created_at ${types.time},
      FOREIGN KEY (customer_id) REFERENCES customers (id))`,
    `CREATE TABLE visits (page ${types.text}, seconds ${types.int})`,
  ];
}

export const shopRows: readonly string[] = [
  "INSERT INTO customers (email, name) VALUES ('ann@example.com', 'Ann'), ('bob@example.com', 'Bob'), (NULL, 'Cleo')",
  "INSERT INTO orders (customer_id, total, created_at) VALUES (1, 10.5, '2025-01-02 03:04:05'), (1, 20, '2025-02-03 04:05:06'), (2, 30.25, '2025-03-04 05:06:07')",
  "INSERT INTO visits (page, seconds) VALUES ('/', 1), ('/', 1), ('/cart', 2)",
];

/** What a bad night does to the shop: rows lost, changed and added in every table. */
export const shopDamage: readonly string[] = [
  'DELETE FROM orders WHERE customer_id = 2',
  'DELETE FROM customers WHERE id = 2',
  "UPDATE customers SET name = 'Annette' WHERE id = 1",
  "INSERT INTO customers (email, name) VALUES ('dan@example.com', 'Dan')",
  "INSERT INTO orders (customer_id, total, created_at) VALUES (4, 1, '2025-07-01 00:00:00')",
  "DELETE FROM visits WHERE page = '/cart'",
  "INSERT INTO visits (page, seconds) VALUES ('/', 1)",
];

/** A shop, and a backup folder of its own. */
export interface Shop {
  readonly database: AppDatabase;
  readonly target: DatabaseTarget;
  readonly folder: string;
  readonly ports: Ports;
}

export async function openShop(
  engine: AppEngine,
  { rows = shopRows, name = 'shop' }: { rows?: readonly string[]; name?: string } = {},
): Promise<Shop> {
  const database = await engine.create(name);
  await database.run(...engine.dialect.prepare, ...shopTables(engine), ...rows);
  const folder = makeTempFolder();
  return { database, target: database.target, folder, ports: portsFor(folder) };
}

/** A shop with a snapshot of its good state, then damaged. */
export async function openDamagedShop(
  engine: AppEngine,
): Promise<Shop & { readonly good: Digest; readonly bad: Digest }> {
  const shop = await openShop(engine);
  const good = await shop.database.digest();
  await backup(shop.ports, backupOf(shop.target));
  await shop.database.run(...shopDamage);
  return { ...shop, good, bad: await shop.database.digest() };
}

export type Digest = Readonly<Record<string, string>>;

/** Ends every session of the shop's database but the test's own, as an administrator does. */
export async function endOthers({ database }: Shop, { dialect }: AppEngine): Promise<void> {
  const statements = dialect.endOthers === null ? [] : await database.rows(dialect.endOthers);
  for (const [statement] of statements) await database.run(statement!);
}
