import type { Random } from './random.ts';
import { storedJson, storedTime, type Tables } from './table.ts';
import { cities, companyForms, companyWords, firstNames, lastNames, mailHosts, streets } from './words.ts';

/** The letters of a name that may stand before the @ of an address. */
export function mailName(name: string): string {
  const plain = name
    .replace(/ß/g, 'ss')
    .replace(/ø/g, 'o')
    .replace(/ł/g, 'l')
    .replace(/ı/g, 'i')
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z]+/g, '.')
    .replace(/^\.+|\.+$/g, '');
  return plain === '' ? 'customer' : plain;
}

export function personName(random: Random): string {
  return `${random.pick(firstNames)} ${random.pick(lastNames)}`;
}

export function postalAddress(random: Random): Record<string, unknown> {
  const place = random.pick(cities);
  return { street: `${random.pick(streets)} ${random.integer(1, 240)}`, ...place };
}

export interface UserPlan {
  readonly count: number;
  readonly openedMs: number;
  readonly closedMs: number;
}

/** Ids run from 1 to the count. The first is the owner. */
export function addUsers(tables: Tables, random: Random, plan: UserPlan): void {
  const add = tables.inserter('users', [
    'email',
    'name',
    'badge_number',
    'role',
    'is_active',
    'settings',
    'last_login_at',
    'created_at',
    'updated_at',
  ]);
  for (let id = 1; id <= plan.count; id++) {
    const name = personName(random);
    const hiredMs = random.integer(plan.openedMs, plan.closedMs - 86_400_000);
    const seenMs = random.integer(hiredMs, plan.closedMs);
    const settings = {
      theme: random.pick(['light', 'dark']),
      pageSize: random.pick([25, 50, 100]),
      columns: ['sku', 'name'],
    };
    add(
      `${mailName(name)}.${id}@stocktake.example`,
      name,
      random.chance(0.6) ? `B-${String(1000 + id)}` : null,
      roleOf(id),
      random.chance(0.9) ? 1 : 0,
      random.chance(0.7) ? storedJson(settings) : null,
      random.chance(0.85) ? storedTime(seenMs) : null,
      storedTime(hiredMs),
      storedTime(seenMs),
    );
  }
}

function roleOf(id: number): string {
  if (id === 1) return 'OWNER';
  return id % 6 === 0 ? 'MANAGER' : 'CLERK';
}

/** Ids run from 1 to the count. */
export function addSuppliers(
  tables: Tables,
  random: Random,
  plan: { count: number; openedMs: number },
): void {
  const add = tables.inserter('suppliers', [
    'name',
    'email',
    'vat_number',
    'lead_time_days',
    'rating',
    'address',
    'created_at',
  ]);
  for (let id = 1; id <= plan.count; id++) {
    const name = `${random.pick(companyWords)} ${random.pick(companyForms)}`;
    const address = postalAddress(random);
    add(
      name,
      `orders+${id}@${mailName(name)}.${random.pick(mailHosts)}`,
      random.chance(0.75) ? `${String(address['country'])}${String(100_000_000 + id * 7919)}` : null,
      random.integer(1, 45),
      random.chance(0.8) ? random.integer(20, 50) / 10 + random.next() / 100 : null,
      storedJson(address),
      storedTime(plan.openedMs + id * 3_600_000 + random.integer(0, 999)),
    );
  }
}
