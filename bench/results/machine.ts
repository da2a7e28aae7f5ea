import { readFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import type { Engine } from '../databases/engine.ts';
import { root } from '../root.ts';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly kernel: string;
  /** Of every program that took part. */
  readonly versions: Readonly<Record<string, string>>;
}

export async function describeMachine(engines: readonly Engine[]): Promise<Machine> {
  const versions: Record<string, string> = {
    Holdfast: JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version,
    Node: process.version,
  };
  for (const engine of engines) Object.assign(versions, await engine.versions());
  return {
    cpu: os.cpus()[0]?.model.trim() ?? 'unknown',
    cores: os.cpus().length,
    memoryBytes: os.totalmem(),
    kernel: `${os.type()} ${os.release()}`,
    versions,
  };
}
