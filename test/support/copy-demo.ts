import { Prisma, type PrismaClient } from '../../prisma/demo/generated/client.ts';

/** Copies all rows of the demo shop through Prisma Client into an empty database. */
export async function copyWithPrisma(from: PrismaClient, to: PrismaClient): Promise<void> {
  const users = await from.user.findMany();
  const products = await from.product.findMany({ include: { suppliers: { select: { id: true } } } });
  const locations = await from.location.findMany();
  await to.user.createMany({ data: users.map((user) => ({ ...user, settings: jsonOf(user.settings) })) });
  await to.category.createMany({ data: await from.category.findMany({ orderBy: { id: 'asc' } }) });
  await to.supplier.createMany({
    data: (await from.supplier.findMany()).map((row) => ({ ...row, address: requiredJsonOf(row.address) })),
  });
  await to.location.createMany({ data: locations.map((row) => ({ ...row, address: jsonOf(row.address) })) });
  for (const { suppliers, ...product } of products) {
    const attributes = requiredJsonOf(product.attributes);
    await to.product.create({ data: { ...product, attributes, suppliers: { connect: suppliers } } });
  }
  await to.stockLevel.createMany({ data: await from.stockLevel.findMany() });
  await to.stockMovement.createMany({ data: await from.stockMovement.findMany() });
  await to.stocktake.createMany({ data: await from.stocktake.findMany() });
  await to.stocktakeLine.createMany({ data: await from.stocktakeLine.findMany() });
  await to.order.createMany({
    data: (await from.order.findMany()).map((row) => ({ ...row, shipTo: requiredJsonOf(row.shipTo) })),
  });
  await to.orderLine.createMany({ data: await from.orderLine.findMany() });
}

/** Prisma Client reads NULL of the database as null, and wants it written by name. */
function jsonOf(value: Prisma.JsonValue): Prisma.InputJsonValue | typeof Prisma.DbNull {
  return value === null ? Prisma.DbNull : value;
}

function requiredJsonOf(value: Prisma.JsonValue): Prisma.InputJsonValue {
  if (value === null) throw new Error('The demo shop has no JSON null in a required field');
  return value;
}
