import type { Product } from './goods.ts';
import { postalAddress } from './people.ts';
import type { Random } from './random.ts';
import { storedCents, storedJson, storedTime, type Tables } from './table.ts';

const dayMs = 86_400_000;

const places = [
  { code: 'FLOOR-1', name: 'Shop floor', kind: 'shop floor' },
  { code: 'FLOOR-2', name: 'Garden yard', kind: 'shop floor' },
  { code: 'ROOM-A', name: 'Store room A', kind: 'store room' },
  { code: 'ROOM-B', name: 'Store room B (“the cage”)', kind: 'store room' },
  { code: 'WH-NORD', name: 'Lagerhaus Nord', kind: 'warehouse' },
  { code: 'WH-SÜD', name: 'Lagerhaus Süd', kind: 'warehouse' },
  { code: 'RET', name: 'Returns desk', kind: 'returns' },
] as const;

export const locationCount = places.length;

/** A product at a place where it is kept. */
export interface Shelf {
  readonly product: Product;
  readonly locationId: number;
  /** What is there; the movements add up to it. */
  quantity: number;
}

export interface Period {
  readonly openedMs: number;
  readonly closedMs: number;
}

export function addLocations(tables: Tables, random: Random): void {
  const add = tables.inserter('locations', ['code', 'name', 'kind', 'address', 'is_open']);
  for (const { code, name, kind } of places) {
    const address = kind === 'warehouse' ? storedJson(postalAddress(random)) : null;
    add(code, name, kind, address, code === 'WH-SÜD' ? 0 : 1);
  }
}

/** Decides at which two or three places each product is kept. */
export function chooseShelves(random: Random, products: readonly Product[]): Shelf[] {
  const locationIds = places.map((_, index) => index + 1);
  return products.flatMap((product) =>
    random
      .sample(locationIds, random.pick([2, 2, 3]))
      .map((locationId) => ({ product, locationId, quantity: 0 })),
  );
}

/** Movements in the order of time; afterwards each shelf knows what is left on it. */
export function addMovements(
  tables: Tables,
  random: Random,
  plan: Period & { readonly count: number; readonly shelves: readonly Shelf[]; readonly users: number },
): void {
  const add = tables.inserter('stock_movements', [
    'product_id',
    'location_id',
    'user_id',
    'reason',
    'quantity',
    'unit_cost',
    'reference',
    'moved_at',
  ]);
  const stepMs = (plan.closedMs - plan.openedMs) / plan.count;
  for (let index = 0; index < plan.count; index++) {
    const shelf = plan.shelves[index] ?? random.pick(plan.shelves);
    const move = nextMove(random, shelf);
    shelf.quantity += move.quantity;
    add(
      shelf.product.id,
      shelf.locationId,
      random.chance(0.92) ? random.integer(1, plan.users) : null,
      move.reason,
      move.quantity,
      move.reason === 'DELIVERY' ? storedCents(shelf.product.costCents) : null,
      move.reference,
      storedTime(movedMs(plan, index, stepMs)),
    );
  }
}

/** The first movement of all falls on the last millisecond of a leap day. */
function movedMs(plan: Period, index: number, stepMs: number): number {
  return Math.floor(plan.openedMs + index * stepMs);
}

function nextMove(
  random: Random,
  shelf: Shelf,
): { reason: string; quantity: number; reference: string | null } {
  if (shelf.quantity < 5) {
    return { reason: 'DELIVERY', quantity: random.integer(10, 120), reference: `PO-${random.digits(6)}` };
  }
  const reason = random.pick([
    'SALE',
    'SALE',
    'SALE',
    'SALE',
    'TRANSFER',
    'CUSTOMER_RETURN',
    'BREAKAGE',
    'COUNT_CORRECTION',
  ]);
  if (reason === 'CUSTOMER_RETURN') return { reason, quantity: 1, reference: `RMA/${random.digits(5)}` };
  const quantity = -random.integer(1, Math.min(5, shelf.quantity));
  return { reason, quantity, reference: reason === 'SALE' ? `till ${random.integer(1, 4)}` : null };
}

export function addStockLevels(
  tables: Tables,
  random: Random,
  plan: { shelves: readonly Shelf[]; closedMs: number },
): void {
  const add = tables.inserter('stock_levels', [
    'product_id',
    'location_id',
    'quantity',
    'reorder_point',
    'counted_at',
  ]);
  for (const shelf of plan.shelves) {
    const countedMs = plan.closedMs - random.integer(0, 200 * dayMs);
    add(
      shelf.product.id,
      shelf.locationId,
      shelf.quantity,
      random.chance(0.7) ? random.integer(2, 25) : null,
      random.chance(0.8) ? storedTime(countedMs) : null,
    );
  }
}
