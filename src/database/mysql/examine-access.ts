import type { AccessObstacle, AccessReport } from '../../ports/access.ts';
import { attempt } from './failure.ts';
import type { Rights } from './grants.ts';
import { readTableRows, type TableRow } from './information-schema.ts';
import { quoteName } from './quote.ts';
import type { ReadySession } from './ready-session.ts';
import { isTransactionalEngine, tableName } from './table.ts';

/** Asks what the account may do with the database. Reads catalogues only, and changes nothing. */
export async function examineAccess({ session, context }: ReadySession): Promise<AccessReport> {
  const attempted = { what: 'Cannot examine the rights of the user', otherwise: 'DATABASE.READ' } as const;
  return attempt(attempted, async () => {
    const tables = await readTableRows(session);
    const [readOnly] = await session.query('SELECT @@read_only');
    const { rights, facts } = context;
    return {
      server: facts.version,
      user: rights.account,
      tables: tables.length,
      estimatedBytes: tables.reduce((sum, { bytes }) => sum + bytes, 0),
      obstacles: [
        ...invisible(rights),
        ...missingRights(rights),
        ...withoutTransactions(tables),
        ...(['0', 'OFF'].includes(readOnly?.[0] ?? '') ? [] : [readOnlyServer]),
      ],
    };
  });
}

function invisible({ seesEveryTable, account, database }: Rights): AccessObstacle[] {
  if (seesEveryTable) return [];
  return [
    {
      what: 'reading',
      tables: [],
      message: `The user ${account} has no SELECT right on the whole database, and the server hides tables that a user has no right on`,
      remedy: grantOf(['SELECT'], database),
    },
  ];
}

function missingRights({ missingForRestore: missing, account, database }: Rights): AccessObstacle[] {
  if (missing.length === 0) return [];
  return [
    {
      what: 'restoring',
      tables: [],
      message: `The user ${account} lacks rights on the database: ${missing.join(', ')}`,
      remedy: grantOf(missing, database),
    },
  ];
}

function grantOf(privileges: readonly string[], database: string): string {
  return `As an administrator of the server: GRANT ${privileges.join(', ')} ON ${quoteName(database)}.* TO the user`;
}

function withoutTransactions(tables: readonly TableRow[]): AccessObstacle[] {
  const found = tables.filter(({ engine }) => engine !== null && !isTransactionalEngine(engine));
  if (found.length === 0) return [];
  const statements = found.map(({ name }) => `ALTER TABLE ${quoteName(name)} ENGINE=InnoDB`);
  return [
    {
      what: 'restoring',
      tables: found.map(({ name }) => tableName(name)),
      message: 'There are tables without transactions: a failed restore could not be taken back',
      remedy: statements.join('; '),
    },
  ];
}

const readOnlyServer: AccessObstacle = {
  what: 'restoring',
  tables: [],
  message: 'The server is set to read_only, as a replica is',
  remedy: 'Restore into the primary server: name its address with --to <variable>',
};
