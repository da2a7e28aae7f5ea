import { beforeAll, expect, it } from 'vitest';
import { errorOf } from '../support/cli.ts';
import { Shop } from './shop.ts';

let shop: Shop;
beforeAll(async () => {
  shop = new Shop();
  await shop.backUp('before-upgrade');
});

it.each([
  ['a command', ['bakup'], 'Did you mean backup?'],
  ['a command of a command', ['validate', 'bakcup', 'latest'], 'Did you mean backup?'],
  ['an option', ['restore', 'latest', '--clear-exsting'], 'Did you mean --clear-existing?'],
  ['a snapshot', ['show', 'befor-upgrade'], 'Did you mean before-upgrade?'],
  ['a snapshot with its ending', ['show', 'before-upgrad.json.gz'], 'Did you mean before-upgrade?'],
  ['the newest snapshot', ['show', 'lastest'], 'Did you mean latest?'],
  ['a model', ['backup', '--only', 'Prodct'], 'Did you mean Product?'],
  ['a table', ['show', 'latest', '--rows', 'audt'], 'Did you mean audit?'],
])('proposes %s for a name that is nearly right', async (_what, argv, proposal) => {
  const result = await shop.run(...argv, '--json');
  expect(result.exitCode).toBe(2);
  expect(errorOf(result).hint).toContain(proposal);
});

it('proposes nothing for a name that is like no other', async () => {
  for (const argv of [['show', 'zzzzzzzz'], ['backup', '--only', 'zzzzzzzz'], ['zzzzzzzz']]) {
    expect(errorOf(await shop.run(...argv, '--json')).hint).not.toContain('Did you mean');
  }
});
