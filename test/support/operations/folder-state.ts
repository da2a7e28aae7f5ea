import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

/** Every file under a folder with its inode, its time of change and its content; equal states mean nothing happened. */
export function folderState(folder: string): Readonly<Record<string, string>> {
  if (!existsSync(folder)) return {};
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  return Object.fromEntries(names.map((name) => [name, fileState(path.join(folder, name))]));
}

function fileState(file: string): string {
  const { ino, mtimeMs, size } = statSync(file);
  if (statSync(file).isDirectory()) return `folder ${ino}`;
  return `${ino} ${mtimeMs} ${size} ${createHash('sha256').update(readFileSync(file)).digest('hex')}`;
}
