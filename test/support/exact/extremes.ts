import type { Script } from './bench.ts';

/** Values of one type that must come back to the bit. */
export interface Extreme {
  readonly title: string;
  readonly type: string;
  /** Each becomes a row; all of them have to be stored. */
  readonly literals: readonly string[];
}

/** What differs between engines in the script of a list of extremes. */
export interface ExtremeRules {
  readonly quote: (name: string) => string;
  readonly schema: string | null;
}

/** One table with a key and a column `v` of the type; every damage there is: changed, gone, and added rows. */
export function extremeScript({ type, literals }: Extreme, { quote, schema }: ExtremeRules): Script {
  const table = schema === null ? quote('extremes') : `${quote(schema)}.${quote('extremes')}`;
  const rows = literals.map((literal, index) => `(${index + 1}, ${literal})`);
  return {
    create: [...(schema === null ? [] : [`CREATE SCHEMA ${quote(schema)}`]), `CREATE TABLE ${table} (id integer PRIMARY KEY, v ${type})`],
    fill: rows.map((row) => `INSERT INTO ${table} VALUES ${row}`),
    finish: [],
    damage: [
      `UPDATE ${table} SET v = NULL WHERE id % 3 = 1`,
      `DELETE FROM ${table} WHERE id % 3 = 2`,
      `INSERT INTO ${table} (id) VALUES (1000000)`,
    ],
    wipe: [`DELETE FROM ${table}`],
    probes: [],
    canCreateSchema: true,
    schemas: schema === null ? [] : [schema],
  };
}
