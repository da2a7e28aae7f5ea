import { createRandom } from './random.ts';
import { createSamples } from './samples.ts';
import {
  type IdKind,
  type RowSource,
  type Sizes,
  type Table,
  type TableName,
  tables,
  type Value,
} from './tables.ts';

const seed = 'holdfast bench 1';

/** Every row of a table, in the order of its id. The same sizes and kind of ids always give the same rows. */
export function* makeRows(table: Table, sizes: Sizes, idKind: IdKind): Generator<Value[], void, undefined> {
  const random = createRandom(`${seed} ${table.name}`);
  const idOf = idKind === 'cuid' ? makeCuid : (_: TableName, number: number): number => number;
  const source: { -readonly [Name in keyof RowSource]: RowSource[Name] } = {
    random,
    samples: createSamples(random),
    number: 0,
    idOf,
    sizes,
  };
  for (let number = 1; number <= sizes[table.name]; number++) {
    source.number = number;
    yield table.columns.map((column) => column.make(source));
  }
}

const firstMs = Date.UTC(2024, 0, 1);
const msPerRow = 37;

/** As `cuid()` makes them: time, counter, fingerprint of the process, and letters without order. */
function makeCuid(table: TableName, number: number): string {
  const time = (firstMs + number * msPerRow).toString(36);
  const counter = (number % 36 ** 4).toString(36).padStart(4, '0');
  const tableNumber = tables.findIndex(({ name }) => name === table);
  return `c${time}${counter}hf0${tableNumber}${scatter(number)}${scatter(~number)}`;
}

/** Four letters without visible order, the same for the same number. */
function scatter(number: number): string {
  const mixed = Math.imul(Math.imul(number, 0x9e3779b1) ^ (number >>> 15), 0x85ebca6b) >>> 0;
  return (mixed % 36 ** 4).toString(36).padStart(4, '0');
}
