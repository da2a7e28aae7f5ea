import { readFileSync } from 'node:fs';
import { type BinaryOptions, type CliResult, startBinary } from '../../support/cli.ts';

export interface Measured {
  readonly result: CliResult;
  /** The most memory that the process has had at one time. */
  readonly peakMegabytes: number;
}

const lookMs = 20;

/** Runs the real program, and looks how much memory it takes. */
export async function runMeasured(argv: readonly string[], options: BinaryOptions): Promise<Measured> {
  const { pid, ended } = startBinary(argv, options);
  let peak = 0;
  const looking = setInterval(() => {
    peak = Math.max(peak, peakOf(pid));
  }, lookMs);
  const result = await ended.finally(() => clearInterval(looking));
  return { result, peakMegabytes: peak };
}

/** The kernel keeps the mark; 0 once the process has ended. */
export function peakOf(pid: number): number {
  try {
    const mark = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return Number(mark?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}
