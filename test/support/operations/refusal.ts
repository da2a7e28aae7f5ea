import { expect } from 'vitest';
import { AppError, type ErrorCode } from '../../../src/errors.ts';

/** The error with which the work rejects, which must have this code. */
export async function refusal(code: ErrorCode, work: Promise<unknown>): Promise<AppError> {
  const error = await work.then(
    (result) => expect.fail(`did not refuse: ${JSON.stringify(result)}`),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof AppError)) throw error;
  expect({ code: error.code, message: error.message }).toEqual({ code, message: error.message });
  return error;
}
