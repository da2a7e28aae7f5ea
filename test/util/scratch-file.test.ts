import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { ScratchFile } from '../../src/util/scratch-file.ts';

it('gives back what was appended, from any offset', () => {
  const file = new ScratchFile();
  const first = file.append(Buffer.from('hello '));
  const second = file.append(Buffer.alloc(3_000_000, 'x'));
  expect([first, second]).toEqual([0, 6]);
  const target = Buffer.alloc(10);
  file.read(target, 0);
  expect(target.toString()).toBe('hello xxxx');
  file.read(target, 3_000_006 - 10);
  expect(target.toString()).toBe('xxxxxxxxxx');
  file.close();
});

it('says so when more is read than was written', () => {
  const file = new ScratchFile();
  file.append(Buffer.from('abc'));
  expect(() => file.read(Buffer.alloc(4), 0)).toThrow('shorter than what was written');
  file.close();
});

it('has no name that could be left behind', () => {
  const names = (): string[] => readdirSync(tmpdir()).filter((name) => name.endsWith('.scratch'));
  const before = names();
  const file = new ScratchFile();
  file.append(Buffer.from('abc'));
  expect(names().filter((name) => !before.includes(name))).toEqual([]);
  file.close();
});
