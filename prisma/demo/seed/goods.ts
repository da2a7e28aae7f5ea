import type { Random } from './random.ts';
import { type Cell, storedCents, storedJson, storedTime, type Tables } from './table.ts';
import { thumbnail } from './thumbnail.ts';
import { assortment, colours, descriptions, materials, sizes } from './words.ts';

export interface Category {
  readonly id: number;
  readonly kinds: readonly string[];
}

export interface Product {
  readonly id: number;
  readonly priceCents: number;
  readonly costCents: number;
}

export interface ProductPlan {
  readonly count: number;
  readonly suppliers: number;
  readonly categories: readonly Category[];
  readonly openedMs: number;
  readonly closedMs: number;
}

/** Departments with their categories below them. Returned are the categories that hold goods. */
export function addCategories(tables: Tables): Category[] {
  const add = tables.inserter('categories', ['id', 'name', 'slug', 'position', 'parent_id']);
  const categories: Category[] = [];
  let id = 0;
  for (const [position, [department, children]] of Object.entries(assortment).entries()) {
    const parent = ++id;
    add(parent, department, slug(department), position, null);
    for (const [index, [name, kinds]] of Object.entries(children).entries()) {
      add(++id, name, `${slug(department)}-${slug(name)}`, index, parent);
      categories.push({ id, kinds });
    }
  }
  return categories;
}

function slug(name: string): string {
  return name.toLowerCase().replace(/[^a-z]+/g, '-');
}

/** Ids run from 1 to the count; each product comes from one to three suppliers. */
export function addProducts(tables: Tables, random: Random, plan: ProductPlan): Product[] {
  const add = tables.inserter('products', [
    'sku',
    'barcode',
    'name',
    'description',
    'price',
    'cost',
    'vat_rate',
    'weight_kg',
    'lifetime_units',
    'status',
    'attributes',
    'thumbnail',
    'discontinued_at',
    'created_at',
    'updated_at',
    'category_id',
  ]);
  const link = tables.inserter('_ProductToSupplier', ['A', 'B']);
  const supplierIds = Array.from({ length: plan.suppliers }, (_, index) => index + 1);
  const products: Product[] = [];
  for (let id = 1; id <= plan.count; id++) {
    const product = makeProduct(random, id);
    add(...productCells(random, plan, product));
    for (const supplier of random.sample(supplierIds, random.pick([1, 1, 2, 3]))) link(id, supplier);
    products.push(product);
  }
  return products;
}

function productCells(random: Random, plan: ProductPlan, product: Product): Cell[] {
  const { id } = product;
  const times = makeTimes(random, plan);
  const category = random.pick(plan.categories);
  return [
    `ST-${String(id).padStart(6, '0')}`,
    random.chance(0.8) ? `40${String(id).padStart(10, '0')}${id % 10}` : null,
    productName(random, category),
    random.chance(0.7) ? random.pick(descriptions) : null,
    storedCents(product.priceCents),
    storedCents(product.costCents),
    random.chance(0.85) ? 0.19 : 0.07,
    random.chance(0.9) ? random.integer(10, 4_000) / 1000 : null,
    lifetimeUnits(random, id),
    times.status,
    storedJson(attributes(random)),
    random.chance(0.6) ? thumbnail(random) : null,
    times.discontinued,
    times.created,
    times.updated,
    category.id,
  ];
}

function makeProduct(random: Random, id: number): Product {
  const costCents = random.integer(35, 18_000);
  const priceCents =
    Math.ceil((costCents * random.integer(130, 240)) / 10_000) * 100 - random.pick([1, 5, 10, 100]);
  return { id, costCents, priceCents: Math.max(priceCents, costCents + 1) };
}

function makeTimes(random: Random, plan: ProductPlan) {
  const createdMs = random.integer(plan.openedMs, plan.openedMs + (plan.closedMs - plan.openedMs) / 2);
  const updatedMs = random.integer(createdMs, plan.closedMs);
  const status = random.pick([
    'active',
    'active',
    'active',
    'active',
    'active',
    'active',
    'seasonal',
    'discontinued',
  ]);
  return {
    status,
    created: storedTime(createdMs),
    updated: storedTime(updatedMs),
    discontinued: status === 'discontinued' ? storedTime(updatedMs) : null,
  };
}

function productName(random: Random, category: Category): string {
  const kind = random.pick(category.kinds);
  return random.chance(0.5) ? `${kind}, ${random.pick(colours)}` : `${kind} ${random.pick(sizes)}`;
}

/** One line of the assortment is counted by machine, beyond what a JavaScript number can hold exactly. */
function lifetimeUnits(random: Random, id: number): bigint {
  return id === 7 ? 9_007_199_254_740_993n : BigInt(random.integer(0, 250_000));
}

function attributes(random: Random): Record<string, unknown> {
  return {
    colour: random.pick(colours),
    material: random.pick(materials),
    dimensions: {
      widthMm: random.integer(5, 900),
      heightMm: random.integer(5, 900),
      depthMm: random.integer(1, 4000) / 10,
    },
    tags: random.sample(['new', 'fragile', 'bestseller', 'heavy', 'online only'], random.integer(0, 3)),
    warrantyYears: random.pick([null, 2, 3, 10]),
    assembled: random.chance(0.3),
  };
}
