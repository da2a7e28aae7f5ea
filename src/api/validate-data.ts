import { AppError } from '../errors.ts';
import type { DataSubject, ValidateDataRequest, ValidateDataResult } from '../operations/validate-data.ts';
import { findApplication, type Workspace } from './workspace.ts';

export interface ValidateDataOptions {
  /** Check the data of this snapshot; no database is needed then. Default: the database. */
  readonly snapshot?: string;
  /** Only these models or tables. */
  readonly only?: readonly string[];
  /** Only these checks; `rule`: the business rules. */
  readonly check?: readonly string[];
  /** The least severity that makes `ok` false; default `warning`. */
  readonly failOn?: ValidateDataRequest['failOn'];
  /** How many rows of each finding to show; default 5. */
  readonly samples?: number;
  /** How long each check may take, in milliseconds; default 30,000. */
  readonly timeoutMs?: number;
  /** Unique texts may not differ in case only. */
  readonly caseInsensitive?: boolean;
  /** Every schema of the database, not only those that the application uses. */
  readonly allSchemas?: boolean;
  /** Another database: a variable that holds its address, or an address without a password. */
  readonly to?: string;
}

/** Checks the data of the database, or of a snapshot. */
export async function checkData(
  workspace: Workspace,
  options: ValidateDataOptions,
): Promise<ValidateDataResult> {
  const { validateData } = await import('../operations/validate-data.ts');
  const { readCheckSettings } = await import('../config/check-settings.ts');
  const settings = await readCheckSettings(workspace.settings);
  return validateData(workspace.ports, {
    subject: await findSubject(workspace, options),
    settings: { ...settings, caseInsensitive: settings.caseInsensitive || options.caseInsensitive === true },
    choice: { models: options.only ?? [], checks: options.check ?? [] },
    failOn: options.failOn ?? 'warning',
    samples: options.samples ?? 5,
    timeoutMs: options.timeoutMs ?? 30_000,
  });
}

async function findSubject(
  workspace: Workspace,
  { snapshot, to, allSchemas = false }: ValidateDataOptions,
): Promise<DataSubject> {
  const { settings } = workspace;
  if (snapshot === undefined) {
    const { lockTimeoutMs } = settings;
    const application = await findApplication(workspace, to);
    return { is: 'database', ...application, lockTimeoutMs, scope: { allSchemas } };
  }
  if (to !== undefined || allSchemas) throw needsNoDatabase(to === undefined ? '--all-schemas' : '--to');
  return {
    is: 'snapshot',
    reference: snapshot,
    async findSchema() {
      const { loadPrismaSchema } = await import('../config/load-prisma-schema.ts');
      return (await loadPrismaSchema(settings)).schema;
    },
  };
}

function needsNoDatabase(option: string): AppError {
  return new AppError('USAGE', `Cannot use ${option} with a snapshot: no database is opened`, {
    hint: 'Leave out one of the two',
  });
}
