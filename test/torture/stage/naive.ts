import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Scenario } from './scenario.ts';
import type { Stage } from './stage.ts';
import type { TracedCommand } from './strace.ts';

/** A program without protection that does the work of a scenario: the control of the classes that fault real runs. */
export interface NaiveScene {
  readonly scenario: Scenario;
  readonly traced: TracedCommand;
}

/** Of a stage on SQLite. */
export function naiveScenes(stage: Stage): readonly NaiveScene[] {
  const at = (...parts: string[]): string => path.join(stage.rig.folder, ...parts);
  const naive = (name: string, ...args: string[]): TracedCommand => {
    const script = fileURLToPath(new URL(`./${name}.mjs`, import.meta.url));
    return { ...stage.trace([]), command: [process.execPath, script, ...args] };
  };
  const of = (command: string): Scenario => stage.scenarios.find((one) => one.command === command)!;
  return [
    {
      scenario: of('backup'),
      traced: naive('naive-backup', at('backups', 'ledger.json.gz'), at('backups', 'nightly.json.gz')),
    },
    {
      scenario: of('restore'),
      traced: naive('naive-restore', at('shelf', 'whole', 'app.db'), at('app.db')),
    },
  ];
}
