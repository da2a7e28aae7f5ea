import { constants } from 'node:os';
import { expect, it } from 'vitest';
import { describeError, systemCode } from '../src/errors.ts';

/** As Node words an error of the system that it has no name for. */
function unnamedError(number: number): Error {
  const name = `Unknown system error -${number}`;
  const message = `${name}: ${name}, rename 'a' -> 'b'`;
  return Object.assign(new Error(message), { code: name, errno: -number, syscall: 'rename' });
}

it('names a used up quota, which Node does not', () => {
  const error = unnamedError(constants.errno.EDQUOT);
  expect(systemCode(error)).toBe('EDQUOT');
  expect(describeError(error)).toBe("EDQUOT: disk quota exceeded, rename 'a' -> 'b'");
});

it('leaves what Node has named, and what nobody knows', () => {
  const known = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  expect([systemCode(known), describeError(known)]).toEqual(['ENOSPC', known.message]);
  expect(describeError(unnamedError(9999))).toContain('Unknown system error -9999');
  expect(systemCode(new Error('plain'))).toBeUndefined();
});
