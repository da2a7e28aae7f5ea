import { AppError } from '../errors.ts';
import type { DatabaseTarget } from '../ports/database.ts';
import { closestName } from '../util/closest-name.ts';
import { maskUrl } from '../util/mask-url.ts';
import { readApplication } from './application.ts';
import { type Address, isAddress } from './database-address.ts';
import type { Environment } from './environment.ts';
import { makeTarget } from './find-database.ts';
import type { Settings } from './settings.ts';

/** What `--to backup` stands for. */
const backupVariable = 'BACKUP_DATABASE_URL';

/**
 * The database that `--to <name>` means: a variable that holds its address (`backup` stands for
 * `BACKUP_DATABASE_URL`), or an address without a password.
 *
 * @throws AppError USAGE for an address with a password, CONFIG.URL_MISSING, and those of `findDatabase`
 */
export async function resolveNamedTarget(name: string, settings: Settings): Promise<DatabaseTarget> {
  const application = await readApplication(settings);
  const variable = application.environment.get(name === 'backup' ? backupVariable : name);
  if (variable !== null) {
    return makeTarget({ url: variable.value.trim(), origin: variable.origin }, application);
  }
  if (!isAddress(name)) throw unknownName(name, application.environment);
  return makeTarget(readAddress(name), application);
}

/** An address from the command line, which every user of the machine can read in the list of processes. */
function readAddress(text: string): Address {
  const url = text.trim();
  const masked = maskUrl(url);
  if (masked === url) return { url, origin: `--to ${url}` };
  throw new AppError(
    'USAGE',
    `Cannot take ${masked} from the command line: its password would be visible in the list of processes`,
    {
      hint: `Put the address into the variable ${backupVariable} and use --to backup, or name another variable`,
    },
  );
}

function unknownName(name: string, environment: Environment): AppError {
  const wanted = name === 'backup' ? backupVariable : name;
  const known = environment.names().filter((candidate) => isAddress(environment.get(candidate)?.value ?? ''));
  const meant = closestName(wanted, known);
  return new AppError(
    'CONFIG.URL_MISSING',
    `Cannot find the database ${name}: the variable ${wanted} is ${environment.explainMissing(wanted)}`,
    {
      hint:
        meant === null
          ? `Set ${wanted} in the environment or in .env to the address of the database`
          : `Did you mean --to ${meant}?`,
    },
  );
}
