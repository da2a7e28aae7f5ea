import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough, Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import type { CliIo } from '../../src/cli/io.ts';
import { run } from '../../src/cli/main.ts';

/** The folder of the checkout. */
export const projectFolder = fileURLToPath(new URL('../../', import.meta.url));

/** What an operator sees of one run. */
export interface CliResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliSurroundings {
  /** The working directory, as an application's folder. */
  readonly cwd: string;
  /** The whole environment; nothing of the test's own process is added. */
  readonly env?: Readonly<Record<string, string>>;
  /** A person sees standard error and types this, or (null) hangs up; without it there is no terminal. */
  readonly typed?: string | null;
  readonly signal?: AbortSignal;
}

/** Runs a command line in this process. */
export async function runCli(argv: readonly string[], surroundings: CliSurroundings): Promise<CliResult> {
  const { cwd, env = {}, typed, signal } = surroundings;
  const stdout = new Capture();
  const stderr = new Capture();
  const io: CliIo = {
    stdout,
    stderr,
    stdin: typed === undefined ? Readable.from([]) : keyboard(typed),
    isTerminal: typed !== undefined,
    cwd,
    env,
    ...(signal === undefined ? {} : { signal, interruptCode: () => 130 }),
  };
  const exitCode = await run(argv, io);
  return { exitCode, stdout: stdout.text, stderr: stderr.text };
}

/** A JSON document, as any consumer of `--json` sees it. */
export type JsonDocument = { readonly [key: string]: unknown };

/**
 * The one document of a `--json` run.
 *
 * @throws when standard output is anything else than one document on one line
 */
export function documentOf({ stdout }: CliResult): JsonDocument {
  if (!/^\{.*\}\n$/.test(stdout))
    throw new Error(`not one JSON document on a line: ${JSON.stringify(stdout)}`);
  return JSON.parse(stdout) as JsonDocument;
}

/** The error of a `--json` run that failed. */
export function errorOf(result: CliResult): { code: string; message: string; hint: string | null } {
  const { error } = documentOf(result);
  return error as { code: string; message: string; hint: string | null };
}

/** Keeps what is written to it. */
class Capture extends Writable {
  readonly #chunks: Buffer[] = [];

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#chunks.push(chunk);
    done();
  }

  get text(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }
}

/** A person at a terminal: the answer is typed, and the keyboard stays connected. */
function keyboard(typed: string | null): Readable {
  const stream = new PassThrough();
  if (typed === null) stream.end();
  else stream.write(typed);
  return stream;
}

/** Every file under a folder with its content, by path: equal values mean that nothing was added, removed or changed. */
export function filesOf(folder: string): ReadonlyMap<string, string> {
  const names = readdirSync(folder, { recursive: true }).map(String).sort();
  const files = names.filter((name) => statSync(path.join(folder, name)).isFile());
  return new Map(files.map((name) => [name, readFileSync(path.join(folder, name), 'latin1')]));
}

/** What every run may write in a backup folder, whatever becomes of it: its lock, and the log of runs. */
const runFiles = /(^|\/)(\.holdfast\.lock|\.holdfast-runs\.json|history\.db(-journal)?)$/;

/** As `filesOf`, without the traces that even a refused run leaves. */
export function keptFiles(folder: string): ReadonlyMap<string, string> {
  return new Map([...filesOf(folder)].filter(([name]) => !runFiles.test(name)));
}

/** Files of a run that did not end: nothing of the kind may be left. */
export function leftovers(folder: string): readonly string[] {
  return [...filesOf(folder).keys()].filter((name) => /\.partial$|\.scratch$|\.tmp$/.test(name));
}

export interface BinaryOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Run as this user, who must exist on the machine. */
  readonly user?: string;
  /** Arguments of Node itself. */
  readonly nodeArguments?: readonly string[];
  /** Where standard output goes, instead of into the result. */
  readonly stdoutFile?: number;
  /** A program that runs the compiled command line, instead of the project's own bin/holdfast.js. */
  readonly program?: string;
}

/** A run of the real program. */
export interface BinaryRun {
  readonly pid: number;
  readonly ended: Promise<CliResult & { readonly signal: string | null }>;
}

/** Starts `node bin/holdfast.js`, compiled from the present sources. */
export function startBinary(argv: readonly string[], options: BinaryOptions): BinaryRun {
  buildOnce();
  const { cwd, env = {}, user, nodeArguments = [], stdoutFile = 'pipe' } = options;
  const program = options.program ?? path.join(projectFolder, 'bin/holdfast.js');
  const command = [process.execPath, ...nodeArguments, program, ...argv];
  const [file, ...rest] = user === undefined ? command : ['runuser', '-u', user, '--', ...command];
  const child = spawn(file!, rest, {
    cwd,
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', TMPDIR: tmpdir(), ...env },
    stdio: ['ignore', stdoutFile, 'pipe'],
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk));
  const ended = new Promise<CliResult & { signal: string | null }>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      const text = {
        stdout: Buffer.concat(stdout).toString('utf8'),
        stderr: Buffer.concat(stderr).toString('utf8'),
      };
      resolve({ exitCode: code ?? -1, signal, ...text });
    });
  });
  return { pid: child.pid ?? -1, ended };
}

export function runBinary(argv: readonly string[], options: BinaryOptions): BinaryRun['ended'] {
  return startBinary(argv, options).ended;
}

let isBuilt = false;

/** `npm test` has compiled already; by itself a test file does it, one of them at a time. */
function buildOnce(): void {
  if (isBuilt) return;
  const folder = path.join(projectFolder, 'node_modules/.cache');
  mkdirSync(folder, { recursive: true });
  const lock = new Database(path.join(folder, 'holdfast-test-build.lock'), { timeout: 120_000 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
    const script = `(await import('./scripts/build.mjs')).buildIfOlder()`;
    execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      cwd: projectFolder,
      stdio: ['ignore', 2, 2],
    });
    isBuilt = true;
  } finally {
    lock.close();
  }
}
