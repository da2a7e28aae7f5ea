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
  /** The schema that the tables are in, where there are schemas. */
  readonly schema: string | null;
}

/** For each extreme a table of its title, with a key and a column of the type; and damage to all of them. */
export function extremesScript(extremes: readonly Extreme[], { quote, schema }: ExtremeRules): Script {
  const prefix = schema === null ? '' : `${quote(schema)}.`;
  const tables = extremes.map((extreme) => ({ ...extreme, name: `${prefix}${quote(extreme.title)}` }));
  return {
    create: [
      ...(schema === null ? [] : [`CREATE SCHEMA ${quote(schema)}`]),
      ...tables.map(({ name, type }) => `CREATE TABLE ${name} (id integer PRIMARY KEY, v ${type})`),
    ],
    fill: tables.flatMap(({ name, literals }) =>
      literals.map((literal, index) => `INSERT INTO ${name} VALUES (${index + 1}, ${literal})`),
    ),
    finish: [],
    damage: tables.flatMap(({ name }) => [
      `UPDATE ${name} SET v = NULL WHERE id % 3 = 1`,
      `DELETE FROM ${name} WHERE id % 3 = 2`,
      `INSERT INTO ${name} (id) VALUES (1000000)`,
    ]),
    wipe: [],
    probes: [],
    canCreateSchema: true,
    schemas: schema === null ? [] : [schema],
  };
}

export function countLiterals(extremes: readonly Extreme[]): number {
  return extremes.reduce((sum, { literals }) => sum + literals.length, 0);
}
