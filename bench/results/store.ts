import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type PartName, type PartResult, partNames } from './part.ts';
import { renderResults } from './render.ts';

/** Every part that has been measured, in its order. */
export function readParts(folder: string): PartResult[] {
  return partNames
    .map((part) => fileOf(folder, part))
    .filter((file) => existsSync(file))
    .map((file) => JSON.parse(readFileSync(file, 'utf8')));
}

/** Keeps the parts in place of what was measured of them before, and writes the table of all. */
export function saveParts(folder: string, parts: readonly PartResult[]): void {
  mkdirSync(folder, { recursive: true });
  for (const part of parts) writeFileSync(fileOf(folder, part.part), `${JSON.stringify(part, null, 1)}\n`);
  writeFileSync(join(folder, '../RESULTS.md'), renderResults(readParts(folder)));
}

function fileOf(folder: string, part: PartName): string {
  return join(folder, `${part}.json`);
}
