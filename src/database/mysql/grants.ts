import type { Session } from './session.ts';

/** What the connected account may do with the whole database, as far as its grants say. */
export interface Rights {
  /** The database that they are about. */
  readonly database: string;
  /** Without it a table can be invisible, and so be missing without a word. */
  readonly seesEveryTable: boolean;
  /** Without it triggers can be invisible, and would change the rows of a restore. */
  readonly seesTriggers: boolean;
  /** May create a trigger that runs as somebody else. */
  readonly mayChooseDefiner: boolean;
  /** Rights that a restore of any table needs, and that are missing. */
  readonly missingForRestore: readonly string[];
  /** `user@host`, as definers are written. */
  readonly account: string;
}

interface Grant {
  readonly privileges: readonly string[];
  readonly database: string;
  readonly table: string;
}

const name = '`(?:[^`]|``)*`|\\*';
const grantPattern = new RegExp(`^GRANT (.+?) ON (?:TABLE )?(${name})\\.(${name}) TO `, 's');
/** CREATE and ALTER set counters of generated ids; triggers would change rows without being seen. */
const restorePrivileges = ['INSERT', 'DELETE', 'CREATE', 'ALTER', 'LOCK TABLES', 'TRIGGER'];
const definerPrivileges = ['ALL PRIVILEGES', 'SUPER', 'SET USER', 'SET_USER_ID', 'SET_ANY_DEFINER'];

export async function readRights(session: Session, database: string): Promise<Rights> {
  const [account] = await session.query('SELECT CURRENT_USER()');
  const lines = (await session.query('SHOW GRANTS')).map(([line]) => line ?? '');
  const grants = lines.map(parseGrant).filter((grant) => grant !== null);
  const onDatabase = grants.filter((grant) => grant.table === '*' && covers(grant.database, database));
  const onServer = onDatabase.filter((grant) => grant.database === '*');
  // A role's rights are not listed by every server: then the account is believed to have them.
  const hasRole = lines.some((line) => /^GRANT [`']/.test(line));
  return {
    database,
    seesEveryTable: hasRole || holdsAny(onDatabase, ['ALL PRIVILEGES', 'SELECT']),
    seesTriggers: hasRole || holdsAny(onDatabase, ['ALL PRIVILEGES', 'TRIGGER']),
    mayChooseDefiner: hasRole || holdsAny(onServer, definerPrivileges),
    missingForRestore: hasRole
      ? []
      : restorePrivileges.filter((one) => !holdsAny(onDatabase, ['ALL PRIVILEGES', one])),
    account: account?.[0] ?? '',
  };
}

function parseGrant(line: string): Grant | null {
  const match = grantPattern.exec(line);
  if (match === null) return null;
  const privileges = match[1]!
    .replace(/\([^)]*\)/g, '')
    .split(',')
    .map((text) => text.trim());
  return { privileges, database: unquote(match[2]!), table: unquote(match[3]!) };
}

function unquote(text: string): string {
  return text === '*' ? text : text.slice(1, -1).replaceAll('``', '`');
}

function holdsAny(grants: readonly Grant[], privileges: readonly string[]): boolean {
  return grants.some((grant) => grant.privileges.some((privilege) => privileges.includes(privilege)));
}

/** In a grant, `%` and `_` of a database's name are wildcards unless a backslash stands before them. */
function covers(pattern: string, database: string): boolean {
  if (pattern === '*') return true;
  const source = pattern.replace(/\\([%_])|([%_])|[\^$.*+?()[\]{}|\\/-]/gs, (match, escaped, wildcard) => {
    if (escaped !== undefined) return escaped;
    if (wildcard === undefined) return `\\${match}`;
    return wildcard === '%' ? '.*' : '.';
  });
  return new RegExp(`^${source}$`, 'is').test(database);
}
