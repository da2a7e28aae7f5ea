import { expect, it } from 'vitest';
import { describeEngine, mysqlServer } from '../../support/engines.ts';
import { connectMysql, createMysql, linesOf, saveMysql } from '../../support/mysql.ts';

const accounts = 40;

describeEngine(mysqlServer, 'snapshots while money moves', () => {
  it('hold every sum that no transfer changes, where a plain reader sees wrong ones', async () => {
    await using database = await createMysql('mye_money', {
      statements: ['left', 'right'].flatMap((table) => [
        `CREATE TABLE \`${table}\` (id int PRIMARY KEY, money int NOT NULL)`,
        `INSERT INTO \`${table}\` SELECT seq, 1000 FROM seq_1_to_${accounts}`,
      ]),
    });
    const total = accounts * 2 * 1000;
    const sumOf = (lines: unknown[][]) => lines.reduce((sum, [, money]) => sum + Number(money), 0);
    let isOver = false;
    const writers = await Promise.all(Array.from({ length: 10 }, () => connectMysql(database.url)));
    const writing = writers.map(async (writer, seed) => {
      for (let round = 0; !isOver; round++) {
        const id = ((round * 7 + seed * 3) % accounts) + 1;
        const [from, to] = (round + seed) % 2 === 0 ? ['left', 'right'] : ['right', 'left'];
        const moved = `UPDATE \`left\` SET money = money ${from === 'left' ? '-' : '+'} 17 WHERE id = ${id}; UPDATE \`right\` SET money = money ${to === 'right' ? '+' : '-'} 17 WHERE id = ${id}`;
        await writer.query(`BEGIN; ${moved}; COMMIT`);
      }
    });
    let naiveMistakes = 0;
    for (let round = 0; round < 50; round++) {
      const saved = await saveMysql(database.target);
      expect(sumOf([...linesOf(saved, 'left'), ...linesOf(saved, 'right')])).toBe(total);
      const [left] = await database.connection.query('SELECT SUM(money) AS sum FROM `left`');
      const [right] = await database.connection.query('SELECT SUM(money) AS sum FROM `right`');
      if (Number(left.sum) + Number(right.sum) !== total) naiveMistakes++;
    }
    isOver = true;
    await Promise.all(writing);
    for (const writer of writers) await writer.end();
    expect(naiveMistakes).toBeGreaterThan(0);
  });
});
