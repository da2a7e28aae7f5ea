import { afterAll, beforeAll, expect, it } from 'vitest';
import { openEngines } from '../../src/database/registry.ts';
import type { CheckQuery } from '../../src/ports/check-query.ts';
import type { Database, DatabaseSnapshot } from '../../src/ports/database.ts';
import { type AppDatabase, appEngines } from '../support/operations/database.ts';

const numbers = 'WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 299)';

for (const engine of appEngines) {
  engine.suite(`a check on ${engine.label}`, () => {
    let app: AppDatabase;
    let database: Database;
    let snapshot: DatabaseSnapshot;
    let table: CheckQuery['table'];

    beforeAll(async () => {
      app = await engine.create('limit');
      await app.run(
        ...engine.dialect.prepare,
        'CREATE TABLE big (i int PRIMARY KEY, bucket int)',
        `INSERT INTO big (i, bucket) ${numbers} SELECT a.i * 300 + b.i, b.i % 10 FROM n AS a, n AS b`,
      );
      database = await openEngines().open(app.target, { lockTimeoutMs: 2000 });
      snapshot = await database.openSnapshot({ allSchemas: false });
      table = snapshot.catalogue.tables[0]!;
    });
    afterAll(async () => {
      await snapshot.close();
      await database.close();
      await app.drop();
    });

    /** Each of 90,000 rows meets 9,000 others. */
    const slow = (): CheckQuery => {
      const column = { is: 'column', column: 'i', kind: 'other' } as const;
      const link = { table, columns: ['bucket'], theirColumns: ['bucket'] };
      return {
        is: 'rows',
        table,
        where: {
          is: 'comparison',
          operator: '<',
          left: column,
          right: { is: 'parent', link, value: column },
          tolerance: null,
        },
        show: [],
      };
    };

    it('ends when its time is over, and not before; the next one is answered', async () => {
      for (const timeoutMs of [200, 1000]) {
        const started = performance.now();
        const answer = await snapshot.check(slow(), { timeoutMs, samples: 3 });
        const ms = performance.now() - started;
        expect(answer).toEqual({ count: null, samples: [] });
        expect(ms).toBeGreaterThan(timeoutMs * 0.9);
        expect(ms).toBeLessThan(timeoutMs + 4000);
      }
      expect(await snapshot.check({ is: 'count', table }, { timeoutMs: 60_000, samples: 3 })).toEqual({
        count: 90_000,
        samples: [],
      });
    });

    it('keeps nobody from writing, and sees one instant', async () => {
      const pending = snapshot.check(slow(), { timeoutMs: 300, samples: 0 });
      await app.run('INSERT INTO big (i, bucket) VALUES (-1, -1)');
      expect((await pending).count).toBeNull();
      await app.run('UPDATE big SET bucket = 11 WHERE i = 5');
      const { count } = await snapshot.check({ is: 'count', table }, { timeoutMs: 60_000, samples: 0 });
      expect(count).toBe(90_000);
      expect(await app.rows('SELECT count(*) FROM big').then((rows) => Number(rows[0]![0]))).toBe(90_001);
    });
  });
}
