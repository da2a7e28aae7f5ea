import { expect, it } from 'vitest';
import { describeEngine, mysqlServer } from '../support/engines.ts';
import { describeFailure, runCampaign } from '../support/exact/campaign.ts';
import { exactMysql } from '../support/exact/mysql-bench.ts';

const seed = 20_241_122;
const cases = 200;

describeEngine(mysqlServer, 'generated MariaDB databases', () => {
  it(`come back exactly: ${cases} of seed ${seed}`, { timeout: 600_000 }, async () => {
    const failure = await runCampaign(exactMysql, { seed, cases });
    if (failure !== null) expect.fail(describeFailure('mysql', failure));
  });
});
