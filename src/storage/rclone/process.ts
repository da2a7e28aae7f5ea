import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { describeError, type ErrorCode, systemCode } from '../../errors.ts';
import type { RcloneSettings } from '../../ports/offsite.ts';
import { StoreError } from '../store-error.ts';

export interface RcloneCall {
  /** What fails when it fails, for the message. */
  readonly what: string;
  readonly args: readonly string[];
  /** Fed to its standard input, as fast as it takes it. */
  readonly input?: AsyncIterable<Uint8Array>;
  readonly signal?: AbortSignal;
}

/** How a run has ended, and what it said. */
export class RcloneFailure extends Error {
  readonly exitCode: number;

  constructor(exitCode: number, message: string) {
    super(message);
    this.exitCode = exitCode;
  }

  /** rclone's own codes for a folder and a file that are not there. */
  get isAbsent(): boolean {
    return this.exitCode === 3 || this.exitCode === 4;
  }
}

/** It tries once and says what happened: whoever calls it decides about another try. */
const usualFlags = [
  '--retries',
  '1',
  '--low-level-retries',
  '3',
  '--contimeout',
  '15s',
  '--timeout',
  '5m',
  '--log-level',
  'ERROR',
  '--stats',
  '0',
];

const mostErrorBytes = 8192;

/** A run of rclone: no shell, each argument as it is. */
export class RcloneProcess {
  readonly stdout: Readable;
  /** Rejects with RcloneFailure, a StoreError, the failure of the input, or the reason of the signal. */
  readonly ended: Promise<void>;

  constructor(settings: RcloneSettings, call: RcloneCall) {
    const { program, configFile, environment } = settings;
    const config = configFile === null ? [] : ['--config', configFile];
    call.signal?.throwIfAborted();
    const child = spawn(program, [...call.args, ...usualFlags, ...config], {
      env: { ...environment },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.stdout = child.stdout;
    this.ended = waitForEnd(child, call, program);
    // A caller that reads standard output first sees a rejection later.
    this.ended.catch(() => undefined);
  }
}

async function waitForEnd(
  child: ChildProcessByStdio<Writable, Readable, Readable>,
  { what, input, signal }: RcloneCall,
  program: string,
): Promise<void> {
  const said: Buffer[] = [];
  let length = 0;
  child.stderr.on('data', (chunk: Buffer) => {
    if (length < mostErrorBytes) said.push(chunk);
    length += chunk.length;
  });
  const kill = (): void => void child.kill('SIGTERM');
  signal?.addEventListener('abort', kill, { once: true });
  try {
    const [fed, exit] = await Promise.allSettled([feed(child, input), exitOf(child)]);
    signal?.throwIfAborted();
    if (exit.status === 'rejected') throw notStarted(exit.reason, program, what);
    if (fed.status === 'rejected') throw fed.reason;
    if (exit.value !== 0) throw new RcloneFailure(exit.value, lastLine(Buffer.concat(said).toString('utf8')));
  } finally {
    signal?.removeEventListener('abort', kill);
  }
}

/** A failure of the input ends the process, so that rclone never takes a part for the whole. */
async function feed(
  child: ChildProcessByStdio<Writable, Readable, Readable>,
  input: AsyncIterable<Uint8Array> | undefined,
): Promise<void> {
  let isClosed = false;
  // It ended before it had read everything; its exit code says why.
  child.stdin.on('error', () => {
    isClosed = true;
  });
  try {
    for await (const chunk of input ?? []) {
      if (isClosed || child.exitCode !== null) break;
      if (!child.stdin.write(chunk)) await drained(child);
    }
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  child.stdin.end();
}

function drained(child: ChildProcessByStdio<Writable, Readable, Readable>): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      for (const event of ['drain', 'error', 'close']) child.stdin.off(event, done);
      resolve();
    };
    for (const event of ['drain', 'error', 'close']) child.stdin.once(event, done);
  });
}

function exitOf(child: ChildProcessByStdio<Writable, Readable, Readable>): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    // A signal is a failure like another.
    child.once('exit', (code) => resolve(code ?? 2));
  });
}

function notStarted(error: unknown, program: string, what: string): Error {
  if (systemCode(error) !== 'ENOENT') return error as Error;
  return new StoreError('STORE.SETTING', `${what}: the program ${program} is not there`, {
    hint: 'Install rclone (https://rclone.org/install, or apt-get install rclone), or name it with "program"',
  });
}

/** `2026/11/20 10:00:00 ERROR : a.json: reason` without the time. */
function lastLine(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const line = (lines.at(-1) ?? '').replace(/^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d /, '').replace(/\s+/g, ' ');
  return line.length > 300 ? `${line.slice(0, 300)}…` : line;
}

type StoreCode = ErrorCode & `STORE.${string}`;

/** From what rclone says; its exit codes tell little: https://rclone.org/docs/#exit-code */
const patterns: readonly (readonly [RegExp, StoreCode])[] = [
  [
    /didn't find section in config file|unknown type|couldn't find (?:type|backend)|Failed to create file system/i,
    'STORE.SETTING',
  ],
  [
    /\b401\b|unauthori[sz]ed|authentication failed|unable to authenticate|invalid_grant|SignatureDoesNotMatch|token expired/i,
    'STORE.AUTHENTICATION',
  ],
  [/\b403\b|forbidden|permission denied|access denied|AccessDenied/i, 'STORE.PERMISSION'],
  [/no space left|quota|insufficient storage|\b507\b/i, 'STORE.FULL'],
  [
    /connection refused|no such host|network is unreachable|no route to host|i\/o timeout|dial tcp/i,
    'STORE.UNREACHABLE',
  ],
  [/\b429\b|too many requests|rate ?limit|\b50[0234]\b/i, 'STORE.BUSY'],
];

/** Anything that was thrown, as the port names it. */
export function explainRclone(error: unknown, what: string): unknown {
  if (!(error instanceof RcloneFailure))
    return error instanceof Error ? error : new Error(describeError(error));
  const { exitCode, message } = error;
  const said = `${what}: ${message === '' ? 'rclone failed' : message} (rclone exit code ${exitCode})`;
  const found = patterns.find(([pattern]) => pattern.test(message))?.[1];
  const code = found ?? (error.isAbsent ? 'STORE.NOT_FOUND' : 'STORE.LOST');
  const hint =
    code === 'STORE.SETTING' || code === 'STORE.AUTHENTICATION'
      ? { hint: 'Try it without Holdfast: rclone lsd <remote>; its settings: rclone config' }
      : {};
  return new StoreError(code, said, { cause: error, ...hint });
}
