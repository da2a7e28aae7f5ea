import { expect, it } from 'vitest';
import { describePolicy } from '../../src/retention/describe-policy.ts';
import { defaultPolicy } from '../../src/retention/policy.ts';

it('says how long each kind of snapshot stays', () => {
  expect(describePolicy(defaultPolicy)).toBe(
    'daily 30 days, weekly newest 5, monthly newest 12, manual for ever, safety 30 days',
  );
});

it('says how many stay at most where that is limited', () => {
  const policy = { ...defaultPolicy, daily: { days: 1 }, maxCount: 60 };
  expect(describePolicy(policy)).toMatch(/^daily 1 day, .*, at most 60 automatic ones$/);
});
