import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type PartResult, partNames } from './part.ts';
import { renderResults } from './render.ts';

/** Every part that has been measured, in its order. */
export function readParts(folder: string): PartResult[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
  const parts: PartResult[] = files.sort().map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')));
  return parts.sort((a, b) => partNames.indexOf(a.part) - partNames.indexOf(b.part));
}

/** Keeps the parts in place of what was measured of them before, and writes the table of all. */
export function saveParts(folder: string, parts: readonly PartResult[]): void {
  mkdirSync(folder, { recursive: true });
  for (const part of parts) writeFileSync(join(folder, fileName(part)), `${JSON.stringify(part, null, 1)}\n`);
  writeFileSync(join(folder, '../RESULTS.md'), renderResults(readParts(folder)));
}

/** One for each kind of ids, so that these can be measured one after the other. */
function fileName({ part, pairs }: PartResult): string {
  const idKinds = new Set(pairs.map((pair) => pair.idKind));
  return `${[part, ...idKinds].join('-')}.json`;
}
