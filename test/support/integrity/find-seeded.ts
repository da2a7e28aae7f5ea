import type { AppEngine } from '../operations/database.ts';
import { type ExpectedFinding, type SeededDialect, SeededShop, soundRows } from './seeded.ts';

/** What became of one kind of damage. */
export interface SeededCell {
  readonly kind: string;
  readonly text: string;
  readonly isGood: boolean;
}

export interface SeededResult {
  readonly live: SeededCell[];
  readonly snapshot: SeededCell[];
}

/** Makes the shop, looks at it, damages it in every way, and looks again: live, and in a snapshot. */
export async function findSeeded(engine: AppEngine, dialect: SeededDialect): Promise<SeededResult> {
  const database = await engine.create('seeded');
  try {
    await database.run(...prepareSeeded(dialect), ...dialect.tables, ...soundRows);
    const shop = new SeededShop(database, dialect);
    const sound = { live: await shop.findings(), snapshot: await shop.findings(await shop.backUp()) };
    for (const { statements } of dialect.damage) await database.run(...(statements ?? []));
    const damaged = {
      live: await shop.findings(),
      snapshot: await shop.findings(await shop.backUp('damaged')),
    };
    return {
      live: describe(dialect, sound.live, { found: damaged.live, isLive: true }),
      snapshot: describe(dialect, sound.snapshot, { found: damaged.snapshot, isLive: false }),
    };
  } finally {
    await database.drop();
  }
}

/** The statements of the shop quote names as the standard does. */
export function prepareSeeded({ provider }: SeededDialect): readonly string[] {
  return provider === 'mysql' ? ["SET sql_mode = 'ANSI_QUOTES'"] : [];
}

function describe(
  { damage }: SeededDialect,
  sound: readonly ExpectedFinding[],
  { found, isLive }: { readonly found: readonly ExpectedFinding[]; readonly isLive: boolean },
): SeededCell[] {
  const isFound = (one: ExpectedFinding): boolean => found.some((other) => isSame(one, other));
  const cells = damage.map(({ kind, statements, expected, isLiveOnly }): SeededCell => {
    if (statements === null) return { kind, text: 'cannot occur', isGood: true };
    if (isLiveOnly === true && !isLive) return { kind, text: 'live only', isGood: true };
    const isGood = expected.every(isFound);
    return { kind, text: isGood ? spell(expected) : 'MISSED', isGood };
  });
  const known = damage.flatMap(({ expected }) => expected);
  const strange = found.filter(
    (one) => one.check !== 'schema-drift' && !known.some((other) => isSame(one, other)),
  );
  return [
    ...cells,
    { kind: 'anything else', text: String(strange.length), isGood: strange.length === 0 },
    { kind: 'sound data', text: `${sound.length} findings`, isGood: sound.length === 0 },
  ];
}

function spell(expected: readonly ExpectedFinding[]): string {
  return expected.map(({ model, field, count }) => `${model ?? 'table'}.${field ?? ''} ${count}`).join('; ');
}

function isSame(a: ExpectedFinding, b: ExpectedFinding): boolean {
  return a.check === b.check && a.model === b.model && a.field === b.field && a.count === b.count;
}
