import type Database from 'better-sqlite3';

export type Cell = string | number | bigint | Buffer | null;

/** Adds one row; the cells stand in the order of the columns that the inserter was made with. */
export type Inserter = (...cells: readonly Cell[]) => void;

/** Where rows go, and how many went there. */
export class Tables {
  readonly #database: Database.Database;
  #rows = 0;

  constructor(database: Database.Database) {
    this.#database = database;
  }

  get rows(): number {
    return this.#rows;
  }

  inserter(table: string, columns: readonly string[]): Inserter {
    const names = columns.map((name) => `"${name}"`).join(', ');
    const marks = columns.map(() => '?').join(', ');
    const statement = this.#database.prepare(`INSERT INTO "${table}" (${names}) VALUES (${marks})`);
    return (...cells) => {
      statement.run(cells);
      this.#rows++;
    };
  }
}

/** A time as Prisma's adapter for better-sqlite3 stores it. */
export function storedTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '+00:00');
}

/** A JSON value as Prisma's adapter for better-sqlite3 stores it. */
export function storedJson(value: unknown): string {
  return JSON.stringify(value);
}

/** An amount of cents as Prisma's adapter stores a Decimal: the double nearest to it. */
export function storedCents(cents: number): number {
  return cents / 100;
}
