import { expect, it } from 'vitest';
import { AppError } from '../../src/errors.ts';
import type { Check } from '../../src/integrity/check.ts';
import { runChecks } from '../../src/integrity/run-checks.ts';
import type { CheckAnswer, Checkable } from '../../src/ports/check-query.ts';

const table = { schema: null, name: 'orders' };
const check = (name: Check['name'], field: string): Check => ({
  name,
  severity: 'error',
  model: 'Order',
  table,
  fields: [field],
  rule: null,
  query: {
    is: 'rows',
    table,
    where: { is: 'blank', column: field },
    show: [{ label: field, value: { is: 'column', column: field, kind: 'text' } }],
  },
  message: (count) => `${count} rows`,
  hint: null,
});

/** Answers as it is told, one after the other. */
function answering(...answers: readonly (CheckAnswer | Error)[]): Checkable {
  const left = [...answers];
  return {
    async check() {
      const answer = left.shift()!;
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
}

const options = { timeoutMs: 30_000, samples: 5, describe: () => 'SELECT 1;', onCheck: () => {} };

it('goes on after a check that the database refuses or does not finish, and says so of each', async () => {
  const refused = new AppError('DATABASE.READ', 'Cannot check table orders: no such operator');
  const source = answering(refused, { count: null, samples: [] }, { count: 2, samples: [['x'], [null]] });
  const checks = [check('orphans', 'a'), check('duplicates', 'b'), check('blank-text', 'c')];
  const { findings, checked } = await runChecks(source, checks, options);
  expect(
    findings.map(({ check: name, severity, field, message }) => [name, severity, field, message]),
  ).toEqual([
    [
      'unfinished',
      'warning',
      'a',
      'orphans of Order.a could not be checked: Cannot check table orders: no such operator',
    ],
    ['unfinished', 'warning', 'b', 'duplicates of Order.b did not finish within 30 s'],
    ['blank-text', 'error', 'c', '2 rows'],
  ]);
  expect(findings[2]).toMatchObject({ samples: ['c=x', 'c=NULL'], sql: 'SELECT 1;' });
  expect(checked.map(({ timedOut }) => timedOut)).toEqual([false, true, false]);
});

it('stops where the database is lost', async () => {
  const source = answering(new AppError('DATABASE.LOST', 'The connection is lost'));
  await expect(runChecks(source, [check('orphans', 'a')], options)).rejects.toMatchObject({
    code: 'DATABASE.LOST',
  });
});
