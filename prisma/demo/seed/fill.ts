import type Database from 'better-sqlite3';
import { addCategories, addProducts } from './goods.ts';
import { addOrders } from './orders.ts';
import { addSuppliers, addUsers } from './people.ts';
import { Random } from './random.ts';
import { addLocations, addMovements, addStockLevels, chooseShelves } from './stock.ts';
import { addStocktakes } from './stocktakes.ts';
import { Tables } from './table.ts';

export const smallestShop = 1000;

const period = {
  openedMs: Date.parse('2024-02-29T23:59:59.999Z'),
  closedMs: Date.parse('2026-06-30T18:00:00.000Z'),
};

/**
 * Fills the empty tables of Stocktake with exactly `rows` rows, at least `smallestShop`; the same rows every time.
 * They are stored as Prisma Client with the adapter for better-sqlite3 stores them.
 */
export function fillShop(database: Database.Database, rows: number): void {
  database.transaction(() => addRows(database, rows)).immediate();
}

function addRows(database: Database.Database, rows: number): void {
  const tables = new Tables(database);
  const random = new Random(20_240_229);
  const users = Math.max(8, Math.floor(rows / 800));
  const suppliers = Math.max(12, Math.floor(rows / 400));

  addUsers(tables, random, { count: users, ...period });
  addSuppliers(tables, random, { count: suppliers, openedMs: period.openedMs });
  const categories = addCategories(tables);
  addLocations(tables, random);
  const products = addProducts(tables, random, {
    count: Math.floor(rows / 25),
    suppliers,
    categories,
    ...period,
  });
  addStocktakes(tables, random, { count: Math.floor(rows / 800), products, users, ...period });
  addOrders(tables, random, { count: Math.floor(rows / 9), products, ...period });

  // Movements make up the rest, and the levels are what the movements leave.
  const shelves = chooseShelves(random, products);
  const count = rows - tables.rows - shelves.length;
  addMovements(tables, random, { count, shelves, users, ...period });
  addStockLevels(tables, random, { shelves, closedMs: period.closedMs });
}
