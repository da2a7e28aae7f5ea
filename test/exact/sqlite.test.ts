import { describe, expect, it } from 'vitest';
import { describeFailure, runCampaign } from '../support/exact/campaign.ts';
import { exactSqlite } from '../support/exact/sqlite-bench.ts';

const seed = 20_241_120;
const cases = 200;

describe('generated SQLite databases', () => {
  it(`come back exactly: ${cases} of seed ${seed}`, { timeout: 600_000 }, async () => {
    const failure = await runCampaign(exactSqlite, { seed, cases });
    if (failure !== null) expect.fail(describeFailure('sqlite', failure));
  });
});
