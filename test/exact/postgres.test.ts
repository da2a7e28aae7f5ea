import { expect, it } from 'vitest';
import { describeEngine, postgresServer } from '../support/engines.ts';
import { describeFailure, runCampaign } from '../support/exact/campaign.ts';
import { exactPostgres } from '../support/exact/postgres-bench.ts';

const seed = 20_241_121;
const cases = 200;

describeEngine(postgresServer, 'generated PostgreSQL databases', () => {
  it(`come back exactly: ${cases} of seed ${seed}`, { timeout: 600_000 }, async () => {
    const failure = await runCampaign(exactPostgres, { seed, cases });
    if (failure !== null) expect.fail(describeFailure('postgresql', failure));
  });
});
