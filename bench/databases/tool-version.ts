import { spawnSync } from 'node:child_process';

/** The first line of what a program says of itself. */
export function toolVersion(program: string, flag = '--version'): string {
  const child = spawnSync(program, [flag], { encoding: 'utf8' });
  if (child.error !== undefined) throw new Error(`Cannot start ${program}: ${child.error.message}`);
  return `${child.stdout}${child.stderr}`.trim().split('\n')[0]!;
}
