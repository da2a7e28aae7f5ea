import { faultClasses } from './classes.ts';
import type { FaultClass } from './fault-class.ts';
import { type ClassReport, documentOf, problemsOf, tableOf } from './run/class-report.ts';
import { KeptResults } from './run/kept-results.ts';
import { parseOptions, type TortureOptions, usage } from './run/options.ts';
import { runClasses } from './run/run-classes.ts';
import { closeStages } from './stage/shared-stages.ts';

/** The fault campaign: `npm run torture -- --help`. */
async function main(): Promise<number> {
  let options: TortureOptions | 'help';
  let classes: readonly FaultClass[] = [];
  try {
    options = parseOptions(process.argv.slice(2), Date.now());
    if (options !== 'help') classes = choose(options.only);
  } catch (error) {
    process.stderr.write(`torture: ${(error as Error).message}\n\n${usage}`);
    return 2;
  }
  if (options === 'help') {
    process.stdout.write(usage);
    return 0;
  }
  const reports = await run(classes, options);
  await closeStages();
  print(reports, options);
  return documentOf(reports).ok ? 0 : 1;
}

function choose(only: readonly string[] | null): readonly FaultClass[] {
  const unknown = only?.find((name) => !faultClasses.some((one) => one.name === name));
  if (unknown === undefined) return faultClasses.filter(({ name }) => only?.includes(name) ?? true);
  const names = faultClasses.map(({ name }) => name).join(', ');
  throw new Error(`there is no fault class ${unknown}; there are ${names}`);
}

async function run(
  classes: readonly FaultClass[],
  { mode, seed, limitMs, isResumed, stateFolder, shard }: TortureOptions,
): Promise<readonly ClassReport[]> {
  const tell = (line: string): void => void process.stderr.write(`${line}\n`);
  tell(`seed ${seed}`);
  return runClasses(classes, {
    mode,
    seed,
    until: Date.now() + limitMs,
    tell,
    kept: mode === 'full' ? new KeptResults(stateFolder) : null,
    isResumed,
    shard,
  });
}

function print(reports: readonly ClassReport[], { isJson }: TortureOptions): void {
  for (const report of reports) {
    for (const sentence of report.samples) process.stderr.write(`${report.class}: ${sentence}\n`);
    for (const problem of problemsOf(report)) process.stderr.write(`${report.class} fails: ${problem}\n`);
  }
  const text = isJson ? JSON.stringify(documentOf(reports)) : tableOf(reports);
  process.stdout.write(`${text}\n`);
}

process.exitCode = await main();
// A server's socket or a stopped child must not keep a finished campaign alive.
process.exit();
