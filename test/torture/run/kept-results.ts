import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { CaseResult, KeptCases } from '../fault-class.ts';
import type { ClassReport } from './class-report.ts';

/** What a full run has come to so far, in files of a folder: one line for a case, one file for a class that is through. */
export class KeptResults {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  /** The report of a class that is through; null where it is not. */
  readReport(name: string): ClassReport | null {
    const file = this.#reportFile(name);
    return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as ClassReport) : null;
  }

  keepReport(report: ClassReport): void {
    writeFileSync(this.#reportFile(report.class), `${JSON.stringify(report)}\n`);
  }

  /** The cases of a class, and of its control. */
  openCases(name: string, part: 'run' | 'control'): KeptCases {
    const file = path.join(this.#folder, `${name}.${part}.jsonl`);
    const results = new Map(readLines(file).map(({ name: key, ...result }) => [key, result]));
    return {
      find: (key) => results.get(key),
      keep(key, result) {
        results.set(key, result);
        appendFileSync(file, `${JSON.stringify({ name: key, ...result })}\n`);
      },
    };
  }

  /** Begins a class anew. */
  forget(name: string): void {
    const files = ['run', 'control'].map((part) => path.join(this.#folder, `${name}.${part}.jsonl`));
    for (const file of [...files, this.#reportFile(name)]) rmSync(file, { force: true });
  }

  #reportFile(name: string): string {
    return path.join(this.#folder, `${name}.json`);
  }
}

/** A last line that a killed run did not finish is left out. */
function readLines(file: string): (CaseResult & { name: string })[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as CaseResult & { name: string });
}
