import { isSameTable } from '../../snapshot/table.ts';
import { countOf } from '../../util/bytes.ts';
import { type Check, placeOf, rowsWhere, spell } from '../check.ts';
import { type DataFacts, hasColumns, nameOf } from '../data-facts.ts';

/** Counters whose next ids are in use already: the next insert fails, or gives an id a second time. */
export function checkNextIds({ sequences, tables }: DataFacts): Check[] {
  return sequences.flatMap((sequence) => {
    const { feeds, lastValue, isCalled, increment } = sequence;
    const table = tables.find((one) => feeds !== null && isSameTable(one, feeds.table));
    if (feeds === null || table === undefined || !hasColumns(table, [feeds.column])) return [];
    const next = BigInt(lastValue) + (isCalled ? BigInt(increment) : 0n);
    const operator = BigInt(increment) < 0n ? '<=' : '>=';
    const place = placeOf(table, [feeds.column]);
    return {
      ...place,
      name: 'next-id-behind',
      severity: 'error',
      rule: null,
      query: rowsWhere(table, [feeds.column], {
        is: 'comparison',
        operator,
        left: { is: 'column', column: feeds.column, kind: 'integer' },
        right: { is: 'constant', kind: 'decimal', value: String(next) },
        tolerance: null,
      }),
      message: (count) =>
        `The next id of ${spell(nameOf(table), place.fields)} is ${next}, and ${countOf(count, 'row')} ${count === 1 ? 'is' : 'are'} there or beyond`,
      hint: 'The next inserts may fail, or use an id again: set the counter beyond the highest id',
    };
  });
}
