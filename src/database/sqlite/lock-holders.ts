import { readFile, stat } from 'node:fs/promises';
import { systemCode } from '../../errors.ts';

/** Files beside the database on which SQLite takes locks: the database itself, and in WAL mode the shared memory. */
const lockedFiles = ['', '-shm'];

/**
 * Names the other processes that hold locks on a database file, such as `node (process 1234)`. Only Linux says so, and
 * not for processes of another container: an empty list means unknown. Command lines may hold secrets and are not read.
 */
export async function findLockHolders(file: string): Promise<readonly string[]> {
  const locks = await readIfThere('/proc/locks');
  if (locks === null) return [];
  const inodes = new Set<string>();
  for (const suffix of lockedFiles) {
    const inode = await inodeOf(file + suffix);
    if (inode !== null) inodes.add(inode);
  }
  const pids = new Set<number>();
  for (const line of locks.split('\n')) {
    // 12: POSIX  ADVISORY  WRITE 1234 08:01:131093 1073741826 1073742335
    const match = /(?:READ|WRITE)\s+(\d+)\s+[0-9a-f]+:[0-9a-f]+:(\d+)\s/.exec(line);
    if (match !== null && !line.includes('->') && inodes.has(match[2]!)) pids.add(Number(match[1]));
  }
  pids.delete(process.pid);
  return Promise.all([...pids].map(describeProcess));
}

async function describeProcess(pid: number): Promise<string> {
  const name = await readIfThere(`/proc/${pid}/comm`);
  return name === null ? `process ${pid}` : `${name.trim()} (process ${pid})`;
}

async function inodeOf(file: string): Promise<string | null> {
  try {
    return String((await stat(file, { bigint: true })).ino);
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return null;
  }
}

/** Null where the file cannot be read for whatever reason: it only serves a hint. */
async function readIfThere(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return null;
  }
}
