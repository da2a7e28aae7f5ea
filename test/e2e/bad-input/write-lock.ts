import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { projectFolder } from '../../support/cli.ts';

const script = `
  const database = new (require('better-sqlite3'))(process.argv[1]);
  database.exec('BEGIN ' + process.argv[2]);
  process.stdout.write('held');
  process.stdin.resume().once('end', () => {
    database.exec('ROLLBACK');
    database.close();
  });
`;

/**
 * Holds the write lock of a database file in a process of its own: in this one it would be gone as soon as a test
 * reads the file, because closing any handle of a file frees the locks of its process.
 *
 * @param kind EXCLUSIVE keeps readers away, too, where there is no write-ahead log
 * @returns frees the lock
 */
export async function holdWriteLock(
  file: string,
  kind: 'IMMEDIATE' | 'EXCLUSIVE' = 'IMMEDIATE',
): Promise<() => Promise<void>> {
  const child = spawn(process.execPath, ['-e', script, file, kind], {
    cwd: projectFolder,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = once(child, 'close');
  await once(child.stdout, 'data');
  return async () => {
    child.stdin.end();
    await exited;
  };
}
