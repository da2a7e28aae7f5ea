import fc from 'fast-check';
import { afterAll, beforeAll, it } from 'vitest';
import { checkCase } from '../support/operations/check-case.ts';
import { type AppDatabase, appEngines } from '../support/operations/database.ts';
import { randomCase } from '../support/operations/random-case.ts';

const cases = Number(process.env['HOLDFAST_TEST_CASES'] ?? 30);
const seed = Number(process.env['HOLDFAST_TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

for (const engine of appEngines) {
  engine.suite(`the dry run of a restore on ${engine.label}`, () => {
    let database: AppDatabase;
    beforeAll(async () => {
      database = await engine.create('dry');
    });
    afterAll(() => database?.drop());

    it(`foretells what the real run does, on ${cases} random databases (seed ${seed})`, async () => {
      const tally = new Map<string, number>();
      const property = fc.asyncProperty(randomCase, async (random) => {
        for (const word of await checkCase({ engine, database }, random)) {
          tally.set(word, (tally.get(word) ?? 0) + 1);
        }
      });
      await fc.assert(property, { numRuns: cases, seed, interruptAfterTimeLimit: 240_000 });
      const counts = [...tally].sort().map(([word, count]) => `${word} ${count}`);
      process.stderr.write(`${engine.label}, seed ${seed}: ${counts.join(', ')}\n`);
    }, 300_000);
  });
}
