import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { AppError } from '../../../src/errors.ts';
import { verifySnapshot } from '../../../src/snapshot/verify.ts';
import type { Form } from '../../support/snapshots.ts';

const maxMs = 5000;
/** What reading may add to the memory of the process: a block of half a gigabyte is refused before it is there. */
const maxGrowthBytes = 1.5 * 2 ** 30;

/** Reads all of a hostile file as a restore does that proves it first; what the reader did wrong. */
export async function readHostile(
  folder: string,
  { form, bytes }: { form: Form; bytes: Buffer },
): Promise<string[]> {
  const file = path.join(folder, `hostile${form}`);
  writeFileSync(file, bytes);
  return watch(folder, async () => void (await verifySnapshot(file)));
}

/** The control: inflates everything, parses everything, and copies what it finds into objects of its own. */
export async function readNaively(
  folder: string,
  { form, bytes }: { form: Form; bytes: Buffer },
): Promise<string[]> {
  return watch(folder, async () => {
    const text = (form === '.json' ? bytes : gunzipSync(bytes)).toString('utf8');
    const document = JSON.parse(text) as Record<string, unknown>;
    merge({}, document);
  });
}

function merge(target: Record<string, unknown>, from: Record<string, unknown>): void {
  for (const key of Object.keys(from)) {
    const value = from[key];
    if (typeof value !== 'object' || value === null) target[key] = value;
    else {
      target[key] ??= {};
      merge(target[key] as Record<string, unknown>, value as Record<string, unknown>);
    }
  }
}

/** Refusing is right; so is reading it. Anything else is not. */
async function watch(folder: string, work: () => Promise<void>): Promise<string[]> {
  const before = readdirSync(folder).length;
  const memory = process.memoryUsage.rss();
  const [wall, cpu] = [performance.now(), process.cpuUsage()];
  const violations: string[] = [];
  try {
    await work();
  } catch (error) {
    if (!(error instanceof AppError)) violations.push(`crash: ${(error as Error).stack?.slice(0, 400)}`);
  }
  const used = process.cpuUsage(cpu);
  // On a busy machine the clock on the wall says little.
  const ms = Math.min(performance.now() - wall, (used.user + used.system) / 1000);
  if (ms > maxMs) violations.push(`took ${Math.round(ms)} ms`);
  const growth = process.memoryUsage.rss() - memory;
  if (growth > maxGrowthBytes) violations.push(`took ${Math.round(growth / 2 ** 20)} MB of memory`);
  if (readdirSync(folder).length > Math.max(before, 1)) violations.push('wrote a file');
  violations.push(...judgePrototypes());
  return violations;
}

/** Whether an object that nobody touched has got something; it is taken away again. */
function judgePrototypes(): string[] {
  const strange = Object.keys(Object.prototype);
  for (const name of strange) delete (Object.prototype as Record<string, unknown>)[name];
  return strange.map((name) => `changed the prototype of all objects: ${name}`);
}
