/**
 * Proves the round trip of many generated databases:
 * `npx tsx test/campaigns/exact.ts --engine sqlite|postgresql|mysql --cases 10000 [--seed N] [--case N]`.
 */
import { parseArgs } from 'node:util';
import { type CampaignOptions, describeFailure, runCampaign } from '../support/exact/campaign.ts';
import { exactMysql } from '../support/exact/mysql-bench.ts';
import { exactPostgres } from '../support/exact/postgres-bench.ts';
import { exactSqlite } from '../support/exact/sqlite-bench.ts';

const campaigns = {
  sqlite: (options: CampaignOptions) => runCampaign(exactSqlite, options),
  postgresql: (options: CampaignOptions) => runCampaign(exactPostgres, options),
  mysql: (options: CampaignOptions) => runCampaign(exactMysql, options),
};
const batch = 100;

const { values } = parseArgs({
  options: {
    engine: { type: 'string', default: 'sqlite' },
    cases: { type: 'string', default: '10000' },
    seed: { type: 'string' },
    case: { type: 'string' },
  },
});
const runOne = campaigns[values.engine as keyof typeof campaigns];
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);
const only = values.case === undefined ? null : Number(values.case);
const cases = only === null ? Number(values.cases) : 1;
process.stdout.write(`${values.engine}: ${cases} cases, --seed ${seed}\n`);
const started = performance.now();
const failure = await runOne({
  seed,
  from: only ?? 0,
  cases,
  onProgress: (done) => {
    if (done % batch === 0) process.stdout.write(`${done} `);
  },
});
const seconds = ((performance.now() - started) / 1000).toFixed(1);
if (failure !== null) process.stdout.write(`\n${describeFailure(values.engine, failure)}\n`);
process.stdout.write(`\n${failure === null ? 'all exact' : 'FAILED'} after ${seconds} s\n`);
process.exitCode = failure === null ? 0 : 1;
