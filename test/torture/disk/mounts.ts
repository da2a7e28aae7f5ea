import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const longestWaitMs = 120_000;

/** Mounts a disk in memory of this size, empty. */
export function mountMemory(folder: string, kilobytes: number): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kilobytes}k,mode=0700`, 'tmpfs', folder]);
}

/** Changes the size of a disk in memory. */
export function resizeMemory(folder: string, kilobytes: number): void {
  execFileSync('mount', ['-o', `remount,size=${kilobytes}k`, folder]);
}

/** Makes an empty ext4 file system in a file. */
export function makeImage(file: string, megabytes: number): void {
  execFileSync('truncate', ['-s', `${megabytes}M`, file]);
  execFileSync('mkfs.ext4', ['-q', '-F', file], { env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' } });
}

/** Mounts the file; what the program does not sync stays in memory for minutes, as on a busy machine. */
export function mountImage(file: string, folder: string): void {
  execFileSync('mount', ['-o', 'loop,commit=300', file, folder]);
}

export function unmount(folder: string): void {
  execFileSync('umount', [folder]);
}

/**
 * Unmounts a file that was mounted as a disk, and waits until the kernel has let go of it: a process in a mount
 * namespace of its own, begun meanwhile, still has the disk mounted, and a second mount of the file would spoil it.
 *
 * @throws Error when that process does not end
 */
export async function unmountImage(file: string, folder: string): Promise<void> {
  unmount(folder);
  for (let waited = 0; isAttached(file); waited += 100) {
    if (waited > longestWaitMs) throw new Error(`${file} is still mounted in another mount namespace`);
    await sleep(100);
  }
}

function isAttached(file: string): boolean {
  return execFileSync('losetup', ['--associated', file], { encoding: 'utf8' }) !== '';
}

/** Unmounts what may be mounted there. */
export function unmountIfAny(folder: string): void {
  while (spawnSync('umount', [folder]).status === 0);
}

/** Why disks in memory cannot be mounted; null where they can. */
export function whyNoMemoryMounts(): string | null {
  return whyNot((folder) => mountMemory(folder, 64));
}

/** Why files cannot be mounted as disks; null where they can. */
export function whyNoLoopMounts(): string | null {
  return whyNot((folder) => {
    const image = path.join(path.dirname(folder), 'image');
    makeImage(image, 8);
    mountImage(image, folder);
  });
}

function whyNot(mount: (folder: string) => void): string | null {
  const place = mkdtempSync(path.join(tmpdir(), 'torture-mount-'));
  const folder = path.join(place, 'disk');
  mkdirSync(folder);
  try {
    mount(folder);
    unmount(folder);
    return null;
  } catch (error) {
    const reason = (error as Error).message.trim().split('\n').at(-1);
    return `mounting is not allowed: ${reason}`;
  } finally {
    unmountIfAny(folder);
    rmSync(place, { recursive: true, force: true });
  }
}
