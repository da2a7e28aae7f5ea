import { AppError } from '../../errors.ts';
import type { RestoreRequest } from '../../ports/database.ts';
import type { TableName } from '../../snapshot/table.ts';
import type { CatalogueContext, MysqlCatalogue } from './catalogue.ts';
import { quoteName } from './quote.ts';
import type { Session } from './session.ts';
import { findTable } from './table.ts';
import type { TriggerRow } from './triggers.ts';

/** What cannot be restored safely is refused before the first write. */
export function refuseTables(
  read: MysqlCatalogue,
  request: RestoreRequest,
  { rights }: CatalogueContext,
): void {
  for (const table of request.tables) {
    const live = findTable(read.tables, table);
    if (live === undefined) {
      throw new AppError(
        'RESTORE.SCHEMA',
        `Cannot restore table ${table.name}: the database has no such table`,
        {
          hint: 'Run prisma migrate deploy first, or restore with --create-schema',
        },
      );
    }
    if (live.isTransactional) continue;
    throw new AppError(
      'DATABASE.NOT_CONSISTENT',
      `Cannot restore table ${table.name}: it is stored by ${live.engine}, which has no transactions, so a failed restore could not be taken back`,
      {
        hint: `Run ALTER TABLE ${quoteName(table.name)} ENGINE=InnoDB, or leave it out with --exclude ${table.name}`,
      },
    );
  }
  if (!rights.seesTriggers) {
    throw new AppError(
      'DATABASE.PERMISSION',
      `Cannot restore: the user ${rights.account} has no TRIGGER right on the database, so triggers that would change the rows cannot be seen`,
      { hint: 'Grant the user the TRIGGER right on the database, or restore as its owner' },
    );
  }
  refuseTriggers(triggersOf(read, request.tables), request, rights.mayChooseDefiner ? null : rights.account);
}

function refuseTriggers(
  triggers: readonly TriggerRow[],
  request: RestoreRequest,
  account: string | null,
): void {
  if (triggers.length === 0) return;
  if (!request.dropTriggers) {
    const names = triggers.map(({ name, table }) => `${name} on ${table}`).join(', ');
    throw new AppError('RESTORE.TRIGGERS', `Cannot restore while triggers would act on the rows: ${names}`, {
      hint: 'Restore with --drop-triggers: they are dropped under a lock, and created again as they are before it ends',
    });
  }
  const foreign = triggers.filter(({ definer }) => account !== null && definer !== account);
  if (foreign.length === 0) return;
  const names = foreign.map(({ name, definer }) => `${name} (${definer})`).join(', ');
  throw new AppError(
    'RESTORE.TRIGGERS',
    `Cannot take triggers down that run as another user, whom ${account} may not name when it creates them again: ${names}`,
    { hint: 'Restore as an administrator of the server, or as the user that the triggers run as' },
  );
}

/** With a binary log, servers let only administrators create triggers, unless they are told to trust everybody. */
export async function refuseUntrustedCreators(session: Session, { rights }: CatalogueContext): Promise<void> {
  const [row] = await session.query('SELECT @@log_bin, @@log_bin_trust_function_creators');
  if (row?.[0] !== '1' || row[1] === '1' || rights.mayChooseDefiner) return;
  throw new AppError(
    'RESTORE.TRIGGERS',
    `Cannot take triggers down: the server would not let ${rights.account} create them again, because it keeps a binary log`,
    {
      hint: 'Restore as an administrator, or have log_bin_trust_function_creators switched on for the restore',
    },
  );
}

/** The triggers that would act on rows of these tables. */
export function triggersOf(read: MysqlCatalogue, tables: readonly TableName[]): TriggerRow[] {
  const names = new Set(tables.map(({ name }) => name));
  return read.triggers.filter((trigger) => names.has(trigger.table));
}
