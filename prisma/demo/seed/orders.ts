import type { Product } from './goods.ts';
import { mailName, personName, postalAddress } from './people.ts';
import type { Random } from './random.ts';
import { storedCents, storedJson, storedTime, type Tables } from './table.ts';
import { giftNotes, mailHosts } from './words.ts';

const dayMs = 86_400_000;

export interface OrderPlan {
  readonly count: number;
  readonly products: readonly Product[];
  readonly openedMs: number;
  readonly closedMs: number;
}

interface Line {
  readonly product: Product;
  readonly quantity: number;
  readonly discountCents: number;
}

/** Orders in the order of time, ids from 1 to the count, each with one to five lines. */
export function addOrders(tables: Tables, random: Random, plan: OrderPlan): void {
  const addLine = lineInserter(tables);
  const addOrder = tables.inserter('orders', [
    'number',
    'status',
    'customer_name',
    'customer_email',
    'ship_to',
    'total',
    'tracking_code',
    'placed_at',
    'shipped_at',
    'updated_at',
  ]);
  const stepMs = (plan.closedMs - plan.openedMs) / plan.count;
  for (let id = 1; id <= plan.count; id++) {
    const placedMs = Math.floor(plan.openedMs + (id - 1 + random.next()) * stepMs);
    const lines = makeLines(random, plan.products);
    const progress = orderProgress(random, placedMs, plan.closedMs);
    const name = personName(random);
    addOrder(
      orderNumber(id, placedMs),
      progress.status,
      name,
      `${mailName(name)}${random.integer(1, 999)}@${random.pick(mailHosts)}`,
      storedJson(postalAddress(random)),
      storedCents(lines.reduce((sum, line) => sum + lineCents(line), 0)),
      progress.shippedMs === null ? null : `JD${String(id).padStart(10, '0')}${random.digits(8)}`,
      storedTime(placedMs),
      progress.shippedMs === null ? null : storedTime(progress.shippedMs),
      storedTime(progress.shippedMs ?? placedMs),
    );
    for (const [index, line] of lines.entries()) addLine(random, id, index + 1, line);
  }
}

export function orderNumber(id: number, placedMs: number): string {
  return `ORD-${new Date(placedMs).getUTCFullYear()}-${String(id).padStart(6, '0')}`;
}

function lineInserter(tables: Tables) {
  const add = tables.inserter('order_lines', [
    'order_id',
    'line_number',
    'product_id',
    'quantity',
    'unit_price',
    'discount',
    'gift_note',
  ]);
  return (random: Random, orderId: number, lineNumber: number, line: Line): void => {
    const note = random.chance(0.04) ? random.pick(giftNotes) : null;
    const price = storedCents(line.product.priceCents);
    add(orderId, lineNumber, line.product.id, line.quantity, price, storedCents(line.discountCents), note);
  };
}

function makeLines(random: Random, products: readonly Product[]): Line[] {
  return Array.from({ length: random.pick([1, 1, 2, 2, 3, 5]) }, () => {
    const product = random.pick(products);
    const quantity = random.pick([1, 1, 1, 2, 3, 12]);
    const discountCents = random.chance(0.15) ? Math.floor((product.priceCents * quantity) / 10) : 0;
    return { product, quantity, discountCents };
  });
}

function lineCents(line: Line): number {
  return line.product.priceCents * line.quantity - line.discountCents;
}

function orderProgress(random: Random, placedMs: number, nowMs: number) {
  const ageDays = (nowMs - placedMs) / dayMs;
  if (random.chance(0.03)) return { status: 'CANCELLED', shippedMs: null };
  if (ageDays < 1) return { status: random.pick(['PLACED', 'PAID']), shippedMs: null };
  const shippedMs = placedMs + random.integer(dayMs / 12, dayMs);
  return { status: ageDays < 4 ? 'SHIPPED' : 'DELIVERED', shippedMs };
}
