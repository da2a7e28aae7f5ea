import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Every call that changes a file or a folder, or opens one. */
export const fileCalls = [
  ...['openat', 'creat', 'write', 'pwrite64', 'writev', 'pwritev', 'fsync', 'fdatasync', 'sync_file_range'],
  ...['rename', 'renameat', 'renameat2', 'link', 'linkat', 'symlink', 'unlink', 'unlinkat', 'ftruncate'],
  ...['truncate', 'fallocate', 'chmod', 'fchmod', 'fchmodat', 'chown', 'fchown', 'mkdir', 'mkdirat', 'rmdir'],
  ...['copy_file_range', 'sendfile', 'utimensat'],
];

/** One call of a run: the `nth` of its kind that touches the path. */
export interface CallPoint {
  readonly call: string;
  readonly path: string;
  readonly nth: number;
  /** It opens something to read it, and changes nothing. */
  readonly isReading: boolean;
}

export interface TracedRun {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  /** What strace wrote down. */
  readonly log: string;
}

export interface TracedCommand {
  /** Program and arguments. */
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
}

/** Why strace cannot be used; null where it can. */
export function whyNoStrace(): string | null {
  const { error, status, stderr } = spawnSync('strace', ['-f', '-o', '/dev/null', '/bin/true'], {
    encoding: 'utf8',
  });
  if (error !== undefined) return 'strace is not installed';
  return status === 0 ? null : `strace is not allowed: ${stderr.trim().split('\n')[0]}`;
}

/** Lists the calls of a run that touch something under `root`, in their order. */
export async function recordCalls(traced: TracedCommand, root: string): Promise<readonly CallPoint[]> {
  const run = await runTraced(traced, [
    '--seccomp-bpf',
    '-y',
    '-s',
    '0',
    '-e',
    `trace=${fileCalls.join(',')}`,
  ]);
  if (run.exitCode !== 0) throw new Error(`the run to record exited ${run.exitCode}: ${run.stderr}`);
  return pointsOf(run.log, root);
}

/**
 * Does something at one call: `signal=KILL`, `error=ENOSPC`. The number counts in each thread by itself, so that of a
 * path which two threads touch the one that is there first is meant.
 */
export function injectAt(
  traced: TracedCommand,
  { call, path, nth }: CallPoint,
  what: string,
): Promise<TracedRun> {
  const when = ['-P', path, '-e', `trace=${call}`, '-e', `inject=${call}:${what}:when=${nth}`];
  // With its seccomp filter strace 6.1 lets a signal pass that was to come at the entry of a call.
  return runTraced(traced, what.startsWith('signal') ? when : ['--seccomp-bpf', ...when]);
}

async function runTraced(traced: TracedCommand, options: readonly string[]): Promise<TracedRun> {
  const { command, cwd, env, logFile } = traced;
  const args = ['-f', '-qq', '-o', logFile, ...options, ...command];
  const child = spawn('strace', args, {
    cwd,
    // With one thread for files the calls of a run have one order.
    env: { ...env, UV_THREADPOOL_SIZE: '1', UV_USE_IO_URING: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr]: Buffer[][] = [[], []];
  child.stdout.on('data', (chunk: Buffer) => stdout!.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr!.push(chunk));
  const [exitCode, signal] = await new Promise<[number | null, string | null]>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, by) => resolve([code, by]));
  });
  const text = { stdout: Buffer.concat(stdout!).toString(), stderr: Buffer.concat(stderr!).toString() };
  return { exitCode, signal, ...text, log: readFileSync(logFile, 'utf8') };
}

function pointsOf(log: string, root: string): CallPoint[] {
  const counts = new Map<string, number>();
  const points = new Map<string, CallPoint>();
  for (const line of log.split('\n')) {
    const [, thread, call = '', rest = ''] = /^(\d+) +(\w+)\((.*)$/.exec(line) ?? [];
    const paths = pathsOf(call, rest).filter((one) => one.startsWith(root));
    const isReading = call === 'openat' && /O_RDONLY/.test(rest) && !rest.includes('O_CREAT');
    for (const [index, path] of paths.entries()) {
      const key = `${thread} ${call} ${path}`;
      const nth = (counts.get(key) ?? 0) + 1;
      counts.set(key, nth);
      // A call on two paths is one call.
      if (index === 0) points.set(`${call} ${path} ${nth}`, { call, path, nth, isReading });
    }
  }
  return [...points.values()];
}

/** The paths that a call is about: of its descriptor, or its arguments. */
function pathsOf(call: string, rest: string): string[] {
  const before = rest.split(/\) += /)[0]!;
  const [, descriptor] = /^\d+<([^>]*)>/.exec(before) ?? [];
  if (descriptor !== undefined && !call.endsWith('at')) return [descriptor];
  return [...before.matchAll(/"([^"]*)"/g)].map(([, path]) => path!);
}
