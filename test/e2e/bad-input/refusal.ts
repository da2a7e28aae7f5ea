import { expect } from 'vitest';
import { exitCodes } from '../../../src/cli/exit-codes.ts';
import type { ErrorCode } from '../../../src/errors.ts';
import { type CliResult, errorOf, filesOf, keptFiles, leftovers } from '../../support/cli.ts';

/** Part of every password in these tests: it may stand nowhere but in the settings. */
export const canary = 'canary-7f3a';

export interface Refusal {
  readonly code: ErrorCode;
  readonly exitCode?: number;
  /** What failed, on what, and why: each has to be in the message. */
  readonly message: readonly (string | RegExp)[];
  /** The next step. */
  readonly hint: readonly (string | RegExp)[];
}

export interface RefusedRun {
  /** The application's folder. */
  readonly folder: string;
  readonly run: (...argv: readonly string[]) => Promise<CliResult>;
}

/**
 * Runs a command twice, for people and for a program, and expects that both say what they have to say, that no file
 * has changed, and that no secret was printed or stored.
 */
export async function expectRefusal(
  place: RefusedRun,
  argv: readonly string[],
  refusal: Refusal,
): Promise<void> {
  const before = keptFiles(place.folder);
  const document = await place.run(...argv, '--json');
  const text = await place.run(...argv, '--verbose');
  const { code, message, hint } = errorOf(document);
  expect({ code, message, hint }).toEqual({
    code: refusal.code,
    message: expect.any(String),
    hint: expect.any(String),
  });
  expect(document.exitCode).toBe(refusal.exitCode ?? exitCodes.failed);
  expect(text.exitCode).toBe(document.exitCode);
  expect(text.stdout).toBe('');
  expect(text.stderr).toContain(`[${refusal.code}]`);
  for (const part of refusal.message) expect(message).toMatch(part);
  for (const part of refusal.hint) expect(hint).toMatch(part);
  expect(message).not.toMatch(/\.$|undefined|\[object|something went wrong/i);
  expect(keptFiles(place.folder)).toEqual(before);
  expect(leftovers(place.folder)).toEqual([]);
  expectNoSecret([document, text], place.folder);
}

/** Nothing that was printed, and no file but the application's own settings, holds the canary. */
export function expectNoSecret(results: readonly CliResult[], folder: string): void {
  const printed = results.map(({ stdout, stderr }) => stdout + stderr).join('\n');
  expect(printed).not.toContain(canary);
  const holding = [...filesOf(folder)].filter(
    ([name, content]) => !name.endsWith('.env') && content.includes(canary),
  );
  expect(holding.map(([name]) => name)).toEqual([]);
}
