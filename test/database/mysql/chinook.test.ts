import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { describeEngine, mysqlServer } from '../../support/engines.ts';
import { createMysql, digestMysql, putBackMysql, saveMysql } from '../../support/mysql.ts';

const file = process.env['HOLDFAST_CHINOOK_MYSQL'] ?? '../shared/data/chinook/Chinook_MySql.sql';
const absent = existsSync(file) ? '' : ` [not run: ${file} is not there]`;

describeEngine(mysqlServer, `Chinook${absent}`, () => {
  it.skipIf(absent !== '')('is what it was after damage in every table and a restore', async () => {
    await using database = await createMysql('mye_chinook');
    const script = readFileSync(file, 'utf8').replace(/^(DROP|CREATE) DATABASE.*?;|^USE .*?;/gm, '');
    await database.connection.query(script);
    const before = await digestMysql(database.connection);
    expect(before.length).toBe(11);
    const saved = await saveMysql(database.target);
    await database.connection.query('SET foreign_key_checks = 0');
    for (const [index, table] of saved.catalogue.tables.entries()) {
      const column = table.columns.at(-1)!.name;
      if (index % 2 === 0 || table.key!.length > 1)
        await database.connection.query(`DELETE FROM \`${table.name}\` LIMIT 7`);
      else await database.connection.query(`UPDATE IGNORE \`${table.name}\` SET \`${column}\` = '7' LIMIT 9`);
    }
    const damaged = await digestMysql(database.connection);
    for (const [index, line] of damaged.entries()) expect(line).not.toBe(before[index]);
    await putBackMysql(database.target, saved, {
      beforeCommit: async (transaction) => {
        for (const foreignKey of saved.catalogue.foreignKeys)
          expect(await transaction.countOrphans(foreignKey)).toBe(0);
      },
    });
    expect(await digestMysql(database.connection)).toEqual(before);
  });
});
