import { planChecks } from '../../integrity/builtin-checks.ts';
import { chooseChecks } from '../../integrity/choose-checks.ts';
import { tablesOfCatalogue } from '../../integrity/data-facts.ts';
import type { IntegrityFinding } from '../../integrity/finding.ts';
import { type CheckedItem, runChecks } from '../../integrity/run-checks.ts';
import type { CheckSettings } from '../../ports/check-settings.ts';
import type { DatabaseSnapshot } from '../../ports/database.ts';
import type { Ports } from '../../ports/ports.ts';
import type { PrismaSchema } from '../../schema/prisma-schema.ts';
import type { Provider, SequenceState } from '../../snapshot/table.ts';
import { isMigrationsTable } from '../table-choice.ts';

/** What a restored database has to hold to. What values are plausible says nothing of a backup. */
const asked = ['orphans', 'duplicates', 'next-id-behind', 'rule'];

export interface DataCheckRequest {
  readonly snapshot: DatabaseSnapshot;
  readonly provider: Provider;
  readonly schema: PrismaSchema | null;
  readonly defaultSchema: string;
  /** As the snapshot states them: the restore raises those that are behind. */
  readonly sequences: readonly SequenceState[];
  readonly isPartial: boolean;
  /** When the data was as it is. */
  readonly now: Date;
  readonly settings: CheckSettings;
  readonly samples: number;
  readonly timeoutMs: number;
}

export interface CheckedRestore {
  readonly checked: readonly CheckedItem[];
  readonly findings: readonly IntegrityFinding[];
}

/** Orphans of every relation, duplicates, counters, and the operator's business rules. */
export async function checkRestoredData(ports: Ports, request: DataCheckRequest): Promise<CheckedRestore> {
  const { snapshot, provider, schema, defaultSchema, samples, timeoutMs, settings, ...others } = request;
  const { catalogue } = snapshot;
  const schemaFacts = { schema, defaultSchema };
  const tables = tablesOfCatalogue(catalogue, schemaFacts).filter((table) => !isMigrationsTable(table));
  const facts = { ...schemaFacts, ...others, tables, foreignKeys: catalogue.foreignKeys, settings };
  const checks = chooseChecks(planChecks(facts), { models: [], checks: asked }, settings);
  const describe = await ports.engines.describeChecks(provider);
  ports.progress.phase('checking', null);
  const onCheck = (check: (typeof checks)[number]): void => {
    ports.signal?.throwIfAborted();
    ports.progress.item(`${check.name} ${check.model ?? check.table?.name ?? ''}`);
  };
  const { checked, findings } = await runChecks(snapshot, checks, { timeoutMs, samples, describe, onCheck });
  return { checked, findings };
}
