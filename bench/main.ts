import type { IdKind } from './data/tables.ts';
import { openEngines } from './databases/open-engines.ts';
import { type Options, parseOptions, usage } from './options.ts';
import { hasIdKinds, runPart } from './parts/run-part.ts';
import { conclude, exitCodeOf, exitCodes, formatJson, formatText } from './results/conclusion.ts';
import { describeMachine } from './results/machine.ts';
import type { PartName, PartResult } from './results/part.ts';
import { saveParts } from './results/store.ts';
import { clearWorkplace, makeFolder, type Workplace } from './workplace.ts';

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

async function bench(options: Options): Promise<number> {
  const folder = makeFolder(options.workFolder);
  const workplace: Workplace = { folder, engines: openEngines(folder), say };
  try {
    const parts: PartResult[] = [];
    for (const { part, idKind } of runsOf(options)) {
      const { engines, findings } = await runPart(part, workplace, { ...options, idKind });
      const machine = await describeMachine(engines.map((name) => workplace.engines[name]));
      parts.push({ part, measured: new Date().toISOString(), machine, ...findings });
      if (!options.isQuick) saveParts(options.resultsFolder, parts);
    }
    const conclusion = conclude(parts, { isJudged: !options.isQuick });
    process.stdout.write(options.isJson ? formatJson(conclusion) : formatText(conclusion));
    return exitCodeOf(conclusion);
  } finally {
    if (!options.keep) await clearWorkplace(workplace);
  }
}

/** Parts that are measured with each kind of ids are so many runs, each of which is kept when it has ended. */
function runsOf({ parts, idKinds }: Options): { part: PartName; idKind: IdKind }[] {
  return parts.flatMap((part) =>
    (hasIdKinds(part) ? idKinds : (['bigint'] as const)).map((idKind) => ({ part, idKind })),
  );
}

try {
  const options = parseOptions(process.argv.slice(2));
  if (options === 'help') process.stdout.write(usage);
  else process.exitCode = await bench(options);
} catch (error) {
  say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exitCode = exitCodes.failed;
}
