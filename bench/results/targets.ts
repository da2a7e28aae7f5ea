import type { EngineName } from '../databases/engine.ts';
import type { PartName } from './part.ts';

/** What a pair is to reach: ours divided by theirs, the median of all rounds. */
export interface PairTarget {
  readonly part: PartName;
  readonly pair: string;
  readonly measure: 'time' | 'bytes';
  readonly work: string;
  readonly against: string;
  readonly atMost: number;
}

const engines: readonly (readonly [EngineName, string])[] = [
  ['postgres', 'PostgreSQL'],
  ['sqlite', 'SQLite'],
  ['mysql', 'MariaDB'],
];

/** Work that is to be as quick on every engine; the pair stands in the engine's part, or in one of all engines. */
function onEveryEngine(
  part: 'prisma' | 'of the engine',
  target: Omit<PairTarget, 'part' | 'measure'>,
): PairTarget[] {
  return engines.map(([engine, title]) => ({
    ...target,
    ...(part === 'prisma' ? { part, pair: `${engine}-${target.pair}` } : { part: engine }),
    measure: 'time',
    work: `${title} ${target.work}`,
  }));
}

export const pairTargets: readonly PairTarget[] = [
  {
    ...{ part: 'postgres', pair: 'backup-6', measure: 'time', atMost: 0.8 },
    ...{ work: 'PostgreSQL backup, level 6', against: 'pg_dump -Fc' },
  },
  {
    ...{ part: 'postgres', pair: 'backup-6', measure: 'bytes', atMost: 1 },
    ...{ work: 'PostgreSQL backup, level 6: bytes', against: 'pg_dump -Fc' },
  },
  {
    ...{ part: 'postgres', pair: 'backup-1', measure: 'time', atMost: 1.4 },
    ...{ work: 'PostgreSQL backup, level 1', against: 'pg_dump -Fc -Z1' },
  },
  {
    ...{ part: 'postgres', pair: 'restore', measure: 'time', atMost: 1 },
    work: 'PostgreSQL restore onto the existing schema',
    against: 'pg_restore --data-only --single-transaction --disable-triggers',
  },
  {
    ...{ part: 'sqlite', pair: 'backup-6', measure: 'time', atMost: 0.5 },
    ...{ work: 'SQLite backup, level 6', against: 'sqlite3 .dump | gzip -6' },
  },
  {
    ...{ part: 'sqlite', pair: 'restore', measure: 'time', atMost: 0.7 },
    ...{ work: 'SQLite restore', against: 'zcat | sqlite3' },
  },
  {
    ...{ part: 'mysql', pair: 'backup-6', measure: 'time', atMost: 0.7 },
    ...{ work: 'MariaDB backup, level 6', against: 'mariadb-dump --single-transaction | gzip -6' },
  },
  {
    ...{ part: 'mysql', pair: 'restore', measure: 'time', atMost: 0.8 },
    ...{ work: 'MariaDB restore', against: 'zcat | mariadb' },
  },
  ...onEveryEngine('prisma', {
    pair: 'backup',
    work: 'backup',
    against: 'the Prisma findMany script',
    atMost: 0.12,
  }),
  ...onEveryEngine('prisma', {
    pair: 'restore',
    work: 'restore',
    against: 'the Prisma createMany script',
    atMost: 0.25,
  }),
  ...onEveryEngine('of the engine', { pair: 'validate', work: 'validate backup', against: 'the backup itself', atMost: 0.4 }),
  {
    ...{ part: 'start', pair: 'help', measure: 'time', atMost: 2 },
    ...{ work: 'holdfast --help', against: 'node -e 0' },
  },
  {
    ...{ part: 'start', pair: 'auto', measure: 'time', atMost: 2.5 },
    ...{ work: 'holdfast auto with nothing due', against: 'node -e 0' },
  },
  {
    ...{ part: 'catalogue', pair: 'list', measure: 'time', atMost: 3 },
    ...{ work: 'list with 1,000 snapshots', against: 'one snapshot' },
  },
  {
    ...{ part: 'catalogue', pair: 'show', measure: 'time', atMost: 3 },
    ...{ work: 'show with 1,000 snapshots', against: 'one snapshot' },
  },
];

/** Peak memory at a million rows, and how much more it may be at ten million. */
export const memoryTarget = {
  ...{ rows: 1_000_000, atMostBytes: 200_000_000 },
  ...{ manyRows: 10_000_000, atMostRatio: 1.1 },
} as const;

/** How much more a row may cost than in the next smaller database, and how much more memory the whole. */
export const growthTarget = { atMostRatio: 1.2 } as const;
