import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A folder for a private copy of a database; only its owner can look into it. */
export async function makeTempFolder(): Promise<string> {
  return mkdtemp(path.join(tmpdir(), 'holdfast-'));
}

export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}
