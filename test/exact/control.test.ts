import { describe, expect, it } from 'vitest';
import { runCampaign } from '../support/exact/campaign.ts';
import { type Loss, losingReads, losingTwins, losingWrites, losses } from '../support/exact/lossy.ts';
import { exactSqlite } from '../support/exact/sqlite-bench.ts';

const seed = 20_240_229;
const enough = 100;
const titles = Object.keys(losses) as Loss[];

describe('the proof of exactness', () => {
  it.each(titles)('notices a reader that loses something: %s', async (loss) => {
    const failure = await runCampaign(exactSqlite, {
      seed,
      cases: enough,
      reduceMs: 0,
      wrap: (engines) => losingReads(engines, loss),
    });
    expect(failure?.reason).toMatch(/^restored? over itself: /);
  });

  it.each(titles)('notices a writer that loses something: %s', async (loss) => {
    const failure = await runCampaign(exactSqlite, {
      seed,
      cases: enough,
      reduceMs: 0,
      wrap: (engines) => losingWrites(engines, loss),
    });
    expect(failure?.reason).toMatch(/^restored? over itself: /);
  });

  it('notices a reader that takes equal rows for one', async () => {
    const failure = await runCampaign(exactSqlite, { seed, cases: enough, reduceMs: 0, wrap: losingTwins });
    expect(failure?.reason).toMatch(/^restored over itself: .* rows /s);
  });
});
