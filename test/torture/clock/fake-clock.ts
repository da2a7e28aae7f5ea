import { existsSync } from 'node:fs';
import type { Shop } from '../../cli/shop.ts';
import { type CliResult, runBinary } from '../../support/cli.ts';

const library = '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1';

export function whyNoFakeClock(): string | null {
  return existsSync(library) ? null : `faketime is not installed (${library})`;
}

export interface ClockRun {
  readonly shop: Shop;
  readonly argv: readonly string[];
  /** What the program's clock says. */
  readonly at: Date;
  readonly env?: Readonly<Record<string, string>>;
  readonly program?: string;
}

/** Runs the real program by another clock. */
export async function runAt({ shop, argv, at, env = {}, program }: ClockRun): Promise<CliResult> {
  const seconds = Math.round((at.getTime() - Date.now()) / 1000);
  return runBinary(argv, {
    cwd: shop.folder,
    env: {
      ...shop.env,
      LD_PRELOAD: library,
      // An offset, which no time zone changes the meaning of.
      FAKETIME: `${seconds < 0 ? '' : '+'}${seconds}`,
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      ...env,
    },
    ...(program === undefined ? {} : { program }),
  });
}
