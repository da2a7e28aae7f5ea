import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { type CliResult, runCli } from '../support/cli.ts';
import { makeTempFolder } from '../support/sqlite.ts';

const schema = `
datasource db {
  provider = "sqlite"
  url      = env("DATABASE_URL")
}

model Product {
  id     Int     @id @default(autoincrement())
  sku    String  @unique
  name   String?
  orders OrderLine[]

  @@map("products")
}

model OrderLine {
  id        Int     @id @default(autoincrement())
  productId Int     @map("product_id")
  quantity  Int
  product   Product @relation(fields: [productId], references: [id])

  @@map("order_lines")
}
`;

const tables = `
  CREATE TABLE products (id INTEGER PRIMARY KEY AUTOINCREMENT, sku TEXT NOT NULL UNIQUE, name TEXT);
  CREATE TABLE order_lines (id INTEGER PRIMARY KEY AUTOINCREMENT, product_id INTEGER NOT NULL REFERENCES products (id),
    quantity INTEGER NOT NULL);
  CREATE TABLE audit (message TEXT);
  CREATE VIEW stock AS SELECT name FROM products;
`;

const rows = `
  INSERT INTO products (sku, name) VALUES ('A-1', 'Anvil'), ('B-2', 'Bolt'), ('C-3', NULL);
  INSERT INTO order_lines (product_id, quantity) VALUES (1, 10), (2, 500);
`;

/** What makes the shop's database something else in every table. */
export const damage = `
  DELETE FROM order_lines WHERE id = 1;
  UPDATE products SET name = 'Bolt, bent' WHERE id = 2;
  INSERT INTO products (sku, name) VALUES ('D-4', 'Drill');
  INSERT INTO audit VALUES ('somebody was here');
`;

/** A small application of Prisma with a SQLite database. */
export class Shop {
  readonly folder: string;
  readonly file: string;
  readonly backups: string;
  /** All that the commands find in the environment. */
  env: Record<string, string>;

  constructor() {
    this.folder = makeTempFolder();
    this.file = path.join(this.folder, 'prisma/app.db');
    this.backups = path.join(this.folder, 'backups');
    this.env = { DATABASE_URL: 'file:./app.db' };
    mkdirSync(path.dirname(this.file));
    writeFileSync(path.join(this.folder, 'prisma/schema.prisma'), schema);
    this.change(tables + rows);
  }

  /** Runs statements as the application would. */
  change(sql: string): void {
    const database = new Database(this.file);
    database.exec(sql);
    database.close();
  }

  /** Runs `holdfast <argv>` in the application's folder, with nobody at a terminal. */
  run(...argv: readonly string[]): Promise<CliResult> {
    return runCli(argv, { cwd: this.folder, env: this.env });
  }

  /** The same with a person who types. */
  runTyping(typed: string | null, ...argv: readonly string[]): Promise<CliResult> {
    return runCli(argv, { cwd: this.folder, env: this.env, typed });
  }

  /** Takes a snapshot; its path. */
  async backUp(...argv: readonly string[]): Promise<string> {
    const result = await this.run('backup', '--json', ...argv);
    if (result.exitCode !== 0) throw new Error(`no backup: ${result.stdout}${result.stderr}`);
    return (JSON.parse(result.stdout) as { snapshot: { path: string } }).snapshot.path;
  }
}
