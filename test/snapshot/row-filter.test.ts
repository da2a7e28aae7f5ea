import { describe, expect, it } from 'vitest';
import { appendCells, pickRows, projectRows } from '../../src/snapshot/row-filter.ts';
import { linesOf, rowsOf } from '../support/snapshots.ts';

const lines = ['[1,"a",null]', '[2,"b\\n]",{"b":"00"}]', '[3,"ž 🐎",-0.5]', '[4,"",true]', '[5,"e",0]'];

describe('pickRows', () => {
  it.each([1, 2, 3, 100])('gives the wanted rows in their order, from chunks of %i', async (rowsPerChunk) => {
    const picked = pickRows(rowsOf(lines, rowsPerChunk), (position) => position % 2 === 1);
    expect(await linesOf(picked)).toEqual([lines[1], lines[3]]);
  });

  it('gives all rows, or none', async () => {
    expect(await linesOf(pickRows(rowsOf(lines, 2), () => true))).toEqual(lines);
    expect(await linesOf(pickRows(rowsOf(lines, 2), () => false))).toEqual([]);
    expect(await linesOf(pickRows(rowsOf([]), () => true))).toEqual([]);
  });
});

describe('projectRows', () => {
  it.each<[number[], string[]]>([
    [[0], ['[1]', '[2]', '[3]', '[4]', '[5]']],
    [
      [2, 0],
      ['[null,1]', '[{"b":"00"},2]', '[-0.5,3]', '[true,4]', '[0,5]'],
    ],
    [
      [1, 1],
      ['["a","a"]', '["b\\n]","b\\n]"]', '["ž 🐎","ž 🐎"]', '["",""]', '["e","e"]'],
    ],
    [[], ['[]', '[]', '[]', '[]', '[]']],
  ])('gives the cells %j', async (indexes, expected) => {
    for (const rowsPerChunk of [1, 2, 100]) {
      const projected = projectRows(rowsOf(lines, rowsPerChunk), { columnCount: 3, indexes });
      expect(await linesOf(projected)).toEqual(expected);
    }
  });

  it('refuses rows of another number of cells', async () => {
    const projected = projectRows(rowsOf(lines), { columnCount: 2, indexes: [0] });
    await expect(linesOf(projected)).rejects.toMatchObject({ code: 'SNAPSHOT.CONTENT' });
  });
});

describe('appendCells', () => {
  it('gives the same rows with these cells behind the others', async () => {
    const longer = appendCells(rowsOf(lines, 2), ['null', '"x,]"']);
    expect(await linesOf(longer)).toEqual(lines.map((line) => `${line.slice(0, -1)},null,"x,]"]`));
    expect(await linesOf(appendCells(rowsOf(lines, 2), []))).toEqual(lines);
  });

  it('gives rows without cells their first ones', async () => {
    expect(await linesOf(appendCells(rowsOf(['[]', '[]']), ['1', 'null']))).toEqual(['[1,null]', '[1,null]']);
    expect(await linesOf(appendCells(rowsOf(['[]']), []))).toEqual(['[]']);
  });
});
