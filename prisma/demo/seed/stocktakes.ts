import type { Product } from './goods.ts';
import type { Random } from './random.ts';
import { locationCount, type Period } from './stock.ts';
import { storedTime, type Tables } from './table.ts';
import { countComments } from './words.ts';

/** Stocktakes with 60 lines each; the last one is still being counted. */
export function addStocktakes(
  tables: Tables,
  random: Random,
  plan: Period & { readonly count: number; readonly products: readonly Product[]; readonly users: number },
): void {
  const add = tables.inserter('stocktakes', [
    'id',
    'title',
    'status',
    'location_id',
    'opened_by_id',
    'booked_by_id',
    'opened_at',
    'booked_at',
    'notes',
  ]);
  const addLine = stocktakeLineInserter(tables);
  for (let index = 0; index < plan.count; index++) {
    const openedMs = Math.floor(
      plan.openedMs + ((index + 1) * (plan.closedMs - plan.openedMs)) / (plan.count + 1),
    );
    const isOpen = index === plan.count - 1;
    const id = random.uuid();
    add(
      id,
      `Count ${index + 1}: ${random.pick(['spring', 'summer', 'autumn', 'year end'])}`,
      isOpen ? 'OPEN' : random.pick(['COUNTED', 'BOOKED', 'BOOKED']),
      random.integer(1, locationCount),
      random.integer(1, plan.users),
      isOpen ? null : random.integer(1, plan.users),
      storedTime(openedMs),
      isOpen ? null : storedTime(openedMs + random.integer(2, 72) * 3_600_000),
      random.chance(0.3) ? 'Count with two people.\r\nStart at the top shelf.' : null,
    );
    const lines = random.sample(plan.products.slice(0, 400), 60);
    for (const [line, product] of lines.entries())
      addLine(random, { id, isOpen, openedMs, line: line + 1, product });
  }
}

function stocktakeLineInserter(tables: Tables) {
  const add = tables.inserter('stocktake_lines', [
    'stocktake_id',
    'line_number',
    'product_id',
    'expected',
    'counted',
    'counted_at',
    'comment',
  ]);
  return (
    random: Random,
    count: { id: string; isOpen: boolean; openedMs: number; line: number; product: Product },
  ): void => {
    const expected = random.integer(0, 150);
    const isCounted = !count.isOpen || random.chance(0.4);
    const counted = random.chance(0.9) ? expected : Math.max(0, expected + random.integer(-4, 3));
    add(
      count.id,
      count.line,
      count.product.id,
      expected,
      isCounted ? counted : null,
      isCounted ? storedTime(count.openedMs + count.line * 47_123) : null,
      random.chance(0.06) ? random.pick(countComments) : null,
    );
  };
}
