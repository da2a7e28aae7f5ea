import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isProcessAlive } from '../../src/host/is-process-alive.ts';

export interface FastCron {
  readonly folder: string;
  /** UTC, `2027-03-27 22:50:00`. */
  readonly start: string;
  /** How many seconds pass in one. */
  readonly speed: number;
  /** The lines start a job every so many minutes. */
  readonly everyMinutes: number;
  readonly hours: number;
  /** Lines of the crontab, made for `nodeAt` instead of node. */
  readonly lines: readonly string[];
}

/** Why the real cron cannot be sped up here; null when it can. */
export function whyNoFastCron(): string | null {
  if (process.getuid?.() !== 0) return 'cron runs the jobs of others only as root';
  if (spawnSync('unshare', ['-m', 'true']).status !== 0) return 'a mount namespace cannot be made';
  for (const program of ['cron', 'faketime']) {
    if (spawnSync('sh', ['-c', `command -v ${program}`], { env: { PATH: searchPath } }).status !== 0) {
      return `${program} is not installed`;
    }
  }
  return null;
}

const searchPath = '/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * A program that stands in for node in the crontab. Cron takes the false clock away from its jobs, so this gives them
 * the time for which cron has started them, however long a busy machine takes for that, and keeps a list of them in the
 * file `calls`.
 */
export function nodeAt({ folder, start, speed, everyMinutes }: Omit<FastCron, 'hours' | 'lines'>): string {
  const file = path.join(folder, 'node-at');
  const script = [
    '#!/bin/sh',
    `started=$(cat '${path.join(folder, 'started')}')`,
    `now=$(( ${Date.parse(`${start.replace(' ', 'T')}Z`) / 1000} + ($(date +%s%N) - started) * ${speed} / 1000000000 ))`,
    `now=$(( now - now % ${everyMinutes * 60} ))`,
    'export TZ=UTC',
    `echo "$$ $* " >> '${path.join(folder, 'calls')}'`,
    `exec faketime "$(date -u -d @$now '+%F %T')" '${process.execPath}' "$@"`,
  ];
  writeFileSync(file, `${script.join('\n')}\n`);
  chmodSync(file, 0o755);
  return file;
}

/**
 * Runs a real cron daemon with these lines and no other, by a clock that is sped up, for so many of its hours, and waits
 * for the jobs that it has started.
 */
export async function runFastCron(options: FastCron): Promise<void> {
  const { folder, start, speed, hours, lines } = options;
  const spool = path.join(folder, 'spool');
  const empty = path.join(folder, 'empty');
  mkdirSync(spool, { mode: 0o700 });
  mkdirSync(empty);
  writeFileSync(path.join(spool, 'root'), `${lines.join('\n')}\n`, { mode: 0o600 });
  writeFileSync(path.join(empty, 'crontab'), '');
  const script = [
    'set -e',
    `mount --bind '${spool}' /var/spool/cron/crontabs`,
    `mount --bind '${empty}' /etc/cron.d`,
    `mount --bind '${empty}/crontab' /etc/crontab`,
    'mount -t tmpfs tmpfs /run',
    `date +%s%N > '${path.join(folder, 'started')}'`,
    `exec faketime -f '@${start} x${speed}' cron -f -L 0`,
  ].join('\n');
  const child = spawn('unshare', ['-m', 'sh', '-c', script], {
    env: { PATH: searchPath, TZ: 'UTC' },
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true,
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  await sleep((hours * 3_600_000) / speed);
  if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGTERM');
  await ended;
  while (readCalls(folder).some(({ processId }) => isProcessAlive(processId))) await sleep(50);
}

/** The jobs that cron has started so far, by their command lines. */
export function readCalls(folder: string): readonly { processId: number; command: string }[] {
  const lines = readFileSync(path.join(folder, 'calls'), 'utf8').trimEnd().split('\n');
  return lines.map((line) => ({ processId: Number.parseInt(line, 10), command: line }));
}
