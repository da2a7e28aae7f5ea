import { expect, it } from 'vitest';
import { Shop } from './shop.ts';

it('names every tier that a snapshot serves, in list and in show', async () => {
  const shop = new Shop();
  expect((await shop.run('auto')).exitCode).toBe(0);
  expect((await shop.run('list')).stdout).toContain('  daily+weekly+monthly  ');
  expect((await shop.run('show', 'latest')).stdout).toContain('Tier:      daily+weekly+monthly\n');
});
