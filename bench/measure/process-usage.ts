import { readFileSync } from 'node:fs';

/** Of `sysconf(_SC_CLK_TCK)`, which is 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;
const sampleMs = 20;

/** The CPU that children of a process, and theirs, have used and been waited for. */
export function childCpuSecondsOf(pid: number): number {
  const fields = statFields(pid);
  return (Number(fields[13]) + Number(fields[14])) / ticksPerSecond;
}

/** The CPU that a process has used itself. */
export function cpuSecondsOf(pid: number): number {
  const fields = statFields(pid);
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** The fields of /proc/<pid>/stat from the state on: the name before it may hold anything. */
function statFields(pid: number): string[] {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

/** Watches the memory of processes and all their children. */
export class MemoryWatch {
  readonly #pids: number[] = [];
  readonly #timer: NodeJS.Timeout;
  #peakBytes = 0;

  constructor() {
    this.#timer = setInterval(() => this.#sample(), sampleMs);
  }

  get peakBytes(): number {
    return this.#peakBytes;
  }

  add(pid: number): void {
    this.#pids.push(pid);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #sample(): void {
    const bytes = this.#pids.reduce((sum, pid) => sum + treeBytes(pid), 0);
    this.#peakBytes = Math.max(this.#peakBytes, bytes);
  }
}

function treeBytes(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
    const own = Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
    return children.reduce((sum, child) => sum + treeBytes(Number(child)), own);
  } catch {
    // It has ended since it was listed.
    return 0;
  }
}
