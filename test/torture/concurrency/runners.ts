/** A command line that a process of a trial runs. */
export interface Runner {
  readonly name: string;
  readonly argv: readonly string[];
  /** Whether it works under the run lock; the others only read. */
  readonly takesLock: boolean;
}

const consent = ['--confirm', 'app.db'];

/** Every kind of command that can meet another. */
export const runners: readonly Runner[] = [
  locking('backup', ['backup']),
  locking('restore', ['restore', 'first', '--clear-existing', ...consent]),
  locking('undo', ['undo', ...consent]),
  locking('cleanup', ['cleanup', '1']),
  locking('delete', ['delete', 'spare', ...consent]),
  locking('pin', ['pin', 'second']),
  locking('unpin', ['unpin', 'first']),
  locking('sync', ['sync', 'push', '--all']),
  locking('auto', ['auto', '--json']),
  reading('list', ['list']),
  reading('show', ['show', 'first']),
  reading('health', ['health']),
  reading('restore --dry-run', ['restore', 'first', '--dry-run', '--clear-existing']),
];

/** Every pair, a command with itself among them, that has at least one that takes the lock. */
export function allPairs(): Runner[][] {
  return runners.flatMap((first, index) =>
    runners
      .slice(index)
      .filter((second) => first.takesLock || second.takesLock)
      .map((second) => [first, second]),
  );
}

function locking(name: string, argv: readonly string[]): Runner {
  return { name, argv: [...argv, '--quiet'], takesLock: true };
}

function reading(name: string, argv: readonly string[]): Runner {
  return { name, argv: [...argv, '--quiet'], takesLock: false };
}
