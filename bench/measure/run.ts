import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command, Step } from './command.ts';
import { childCpuSecondsOf, MemoryWatch } from './process-usage.ts';

/** What one run of whole processes took. */
export interface Usage {
  readonly seconds: number;
  /** Of the processes and their children: user and system. Not of a database server. */
  readonly cpuSeconds: number;
  /** The highest sum, over the processes that ran at one time, of the most memory that each had by then. */
  readonly peakBytes: number;
}

/**
 * Runs the steps one after another and measures them as a whole, from the first start to the last exit.
 *
 * @throws Error with what the programs said when one of them fails
 */
export async function runSteps(steps: readonly Step[]): Promise<Usage> {
  const memory = new MemoryWatch();
  const cpuBefore = childCpuSecondsOf(process.pid);
  const start = performance.now();
  try {
    for (const step of steps) await runStep(step, memory);
  } finally {
    memory.stop();
  }
  return {
    seconds: (performance.now() - start) / 1000,
    cpuSeconds: childCpuSecondsOf(process.pid) - cpuBefore,
    peakBytes: memory.peakBytes,
  };
}

async function runStep(step: Step, memory: MemoryWatch): Promise<void> {
  const opened: number[] = [];
  const open = (fd: number): number => {
    opened.push(fd);
    return fd;
  };
  const children: Promise<void>[] = [];
  try {
    const pipes = step.pipeline.slice(1).map(() => openPipe());
    for (const pipe of pipes) opened.push(pipe.read, pipe.write);
    for (const [index, command] of step.pipeline.entries()) {
      const isLast = index === step.pipeline.length - 1;
      const input = index === 0 ? openInput(step, open) : pipes[index - 1]!.read;
      const output = isLast ? openOutput(step, open) : pipes[index]!.write;
      children.push(start(command, input, output, memory));
    }
  } finally {
    // The children have their own copies; a writing end that stayed open here would keep its reader waiting.
    for (const fd of opened) closeSync(fd);
  }
  const results = await Promise.allSettled(children);
  const failures = results.flatMap((result) => (result.status === 'rejected' ? [String(result.reason)] : []));
  if (failures.length > 0) throw new Error(failures.join('\n'));
}

function openInput(step: Step, open: (fd: number) => number): number | 'ignore' {
  return step.from === undefined ? 'ignore' : open(openSync(step.from, 'r'));
}

function openOutput(step: Step, open: (fd: number) => number): number | 'pipe' {
  return step.to === undefined ? 'pipe' : open(openSync(step.to, 'w'));
}

type Stdio = number | 'ignore' | 'pipe';

function start(command: Command, input: Stdio, output: Stdio, memory: MemoryWatch): Promise<void> {
  const [program, ...args] = command.argv;
  const child = spawn(program, args, {
    stdio: [input, output, 'pipe'],
    env: { ...process.env, ...command.env },
    cwd: command.cwd,
  });
  if (child.pid !== undefined) memory.add(child.pid);
  return waitFor(child, command);
}

const keptOutput = 4000;

function waitFor(child: ChildProcess, command: Command): Promise<void> {
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString('utf8')).slice(-keptOutput);
    });
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`${command.argv.join(' ')} ended with ${code ?? signal}: ${said.trim()}`));
    });
  });
}

interface Pipe {
  readonly read: number;
  readonly write: number;
}

/**
 * A pipe of the kernel, as a shell makes it. Those that Node makes between two children are sockets, which cost more
 * and so would not be what the tools are used with.
 */
function openPipe(): Pipe {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-bench-pipe-'));
  const file = join(folder, 'pipe');
  try {
    const made = spawnSync('mkfifo', [file], { encoding: 'utf8' });
    if (made.status !== 0) throw new Error(`mkfifo failed: ${made.stderr}`);
    // Opening an end waits for the other, unless it does not block; a reader that does not block would pass that on.
    const opener = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const write = openSync(file, constants.O_WRONLY);
    const read = openSync(file, constants.O_RDONLY);
    closeSync(opener);
    return { read, write };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
