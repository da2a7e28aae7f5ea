import { mkdtemp, readdir, readlink, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { systemCode } from '../errors.ts';

/** Who made it: the space of process numbers, and the number in it. */
const namePattern = /^holdfast-(\d+)-(\d+)-[A-Za-z0-9]{6}$/;

/**
 * A folder for a private copy of a database; only its owner can look into it. What this user's runs that died have left
 * is removed: there may be whole databases in it.
 */
export async function makeTempFolder(): Promise<string> {
  const space = await processSpace();
  await removeDead(space);
  return mkdtemp(path.join(tmpdir(), `holdfast-${space}-${process.pid}-`));
}

export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

/** Containers that share a folder have process numbers of their own, so that a number alone says nothing. */
async function processSpace(): Promise<string> {
  const link = await readlink('/proc/self/ns/pid').catch(() => '');
  return /\d+/.exec(link)?.[0] ?? '0';
}

async function removeDead(space: string): Promise<void> {
  // Who cannot list the folder can still make one in it; leaving old ones there breaks nothing.
  const names = await readdir(tmpdir()).catch(() => []);
  for (const name of names) {
    const [, itsSpace, number] = namePattern.exec(name) ?? [];
    if (itsSpace !== space || isRunning(Number(number))) continue;
    const folder = path.join(tmpdir(), name);
    if (await isMine(folder)) await removeFolder(folder).catch(() => undefined);
  }
}

async function isMine(folder: string): Promise<boolean> {
  const info = await stat(folder).catch(() => null);
  return info?.uid === process.getuid?.();
}

function isRunning(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return systemCode(error) !== 'ESRCH';
  }
}
