import assert from 'node:assert/strict';
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import { type Prisma, PrismaClient } from './generated/client.ts';

/** A Prisma Client on the shop's database, as the application opens it. */
export function openClient(url: string): PrismaClient {
  return new PrismaClient({ adapter: new PrismaBetterSqlite3({ url }) });
}

/**
 * Reads every model, and adds a row to every table with generated ids in one transaction that is then taken back: the
 * database stays as it was.
 *
 * @returns what was done, in sentences
 * @throws when Prisma Client cannot read or write something, or reads another value than it wrote
 */
export async function checkWithPrisma(url: string): Promise<string[]> {
  const client = openClient(url);
  try {
    const rows = await readEverything(client);
    const product = await readOneProduct(client);
    const ids = await addAndTakeBack(client);
    return [
      `read ${rows.toLocaleString('en')} rows of 11 models`,
      `read “${product.name}” with its category, suppliers, price, picture and attributes`,
      `added a row to each of the tables ${Object.keys(ids).join(', ')}, each with a free id, and took them back`,
    ];
  } finally {
    await client.$disconnect();
  }
}

async function readEverything(client: PrismaClient): Promise<number> {
  const lists: readonly (readonly unknown[])[] = [
    await client.user.findMany(),
    await client.category.findMany({ include: { parent: true, children: true } }),
    await client.supplier.findMany(),
    await client.product.findMany(),
    await client.location.findMany(),
    await client.stockLevel.findMany(),
    await client.stockMovement.findMany(),
    await client.stocktake.findMany(),
    await client.stocktakeLine.findMany(),
    await client.order.findMany(),
    await client.orderLine.findMany(),
  ];
  for (const list of lists) assert.notEqual(list.length, 0, 'a model has no rows');
  return lists.reduce((sum, list) => sum + list.length, 0);
}

/** The product whose counter is beyond what a JavaScript number holds. */
async function readOneProduct(client: PrismaClient) {
  const product = await client.product.findFirstOrThrow({
    where: { lifetimeUnits: { gt: Number.MAX_SAFE_INTEGER } },
    include: { category: { include: { parent: true } }, suppliers: true },
  });
  assert.equal(product.lifetimeUnits, 9_007_199_254_740_993n);
  assert.ok(product.price.greaterThan(product.cost), 'a product costs more than it sells for');
  assert.ok(product.category.parent !== null, 'a category lost its department');
  assert.notEqual(product.suppliers.length, 0, 'a product lost its suppliers');
  return product;
}

/** Thrown to end a transaction without keeping what it wrote. */
class TakeBack extends Error {
  readonly ids: Readonly<Record<string, number>>;

  constructor(ids: Readonly<Record<string, number>>) {
    super('taken back on purpose');
    this.ids = ids;
  }
}

async function addAndTakeBack(client: PrismaClient): Promise<Readonly<Record<string, number>>> {
  try {
    return await client.$transaction(async (transaction) => {
      throw new TakeBack(await addOneOfEach(transaction));
    });
  } catch (error) {
    if (error instanceof TakeBack) return error.ids;
    throw error;
  }
}

async function addOneOfEach(client: Prisma.TransactionClient): Promise<Record<string, number>> {
  const user = await client.user.create({ data: { email: 'check@stocktake.example', name: 'Zoë O’Brien' } });
  const category = await client.category.create({ data: { name: 'Check', slug: 'check' } });
  const supplier = await client.supplier.create({
    data: { name: 'Check Ltd', email: 'check@example.com', leadTimeDays: 3, address: { city: 'Cork' } },
  });
  const location = await client.location.create({ data: { code: 'CHECK', name: 'Check', kind: 'RETURNS' } });
  const product = await client.product.create({
    data: {
      sku: 'CHECK',
      name: 'Check',
      price: '19.99',
      cost: '0.1',
      attributes: { tags: ['check'] },
      categoryId: category.id,
      suppliers: { connect: { id: supplier.id } },
    },
  });
  const movement = await client.stockMovement.create({
    data: {
      productId: product.id,
      locationId: location.id,
      userId: user.id,
      reason: 'DELIVERY',
      quantity: 12,
    },
  });
  const order = await placeOrder(client, product.id);
  return {
    users: user.id,
    categories: category.id,
    suppliers: supplier.id,
    locations: location.id,
    products: product.id,
    stock_movements: movement.id,
    orders: order.id,
  };
}

async function placeOrder(client: Prisma.TransactionClient, productId: number) {
  const order = await client.order.create({
    data: {
      number: 'CHECK',
      customerName: 'Zoë O’Brien',
      customerEmail: 'zoe@example.com',
      shipTo: { street: 'Mill Lane 7', city: 'Cork' },
      total: '19.99',
      lines: { create: { lineNumber: 1, productId, quantity: 1, unitPrice: '19.99' } },
    },
  });
  const readBack = await client.order.findUniqueOrThrow({
    where: { id: order.id },
    include: { lines: true },
  });
  assert.equal(readBack.total.toString(), '19.99');
  assert.equal(readBack.lines.length, 1);
  return order;
}
