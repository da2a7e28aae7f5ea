import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { DatabaseTarget } from '../../../src/ports/database.ts';

export interface ClientResult {
  readonly exitCode: number;
  readonly stderr: string;
}

/** Loads a file of SQL with the database's own command-line client, as an operator would. */
export async function loadNatively(
  target: Pick<DatabaseTarget, 'provider' | 'url' | 'file'>,
  sqlFile: string,
  { cwd = '/', init = '' }: { readonly cwd?: string; readonly init?: string } = {},
): Promise<ClientResult> {
  const [command, ...args] = commands[target.provider](target, init);
  const input = openSync(sqlFile, 'r');
  try {
    // Without a configuration of the machine's user; in a folder where nothing else is.
    const env = { PATH: '/usr/bin:/bin', HOME: '/nonexistent', PSQLRC: '/dev/null' };
    const child = spawn(command!, args, { cwd, env, stdio: [input, 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr!.on('data', (bytes: Buffer) => {
      stderr += bytes.toString('utf8');
    });
    const exitCode = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve(code ?? -1));
    });
    return { exitCode, stderr };
  } finally {
    closeSync(input);
  }
}

/** Loads it, or throws what the client said. */
export async function mustLoad(...args: Parameters<typeof loadNatively>): Promise<void> {
  const { exitCode, stderr } = await loadNatively(...args);
  if (exitCode !== 0 || stderr !== '')
    throw new Error(`the client exited ${exitCode}: ${stderr.slice(0, 2000)}`);
}

type Command = (target: Pick<DatabaseTarget, 'url' | 'file'>, init: string) => readonly string[];

const commands: Readonly<Record<DatabaseTarget['provider'], Command>> = {
  sqlite: ({ file }) => ['sqlite3', '-bail', file!],
  postgresql: ({ url }) => ['psql', '-q', '-v', 'ON_ERROR_STOP=1', '-d', url],
  mysql: ({ url }, init) => {
    const { hostname, port, username, password, pathname } = new URL(url);
    const login = [
      `--host=${hostname}`,
      `--port=${port || '3306'}`,
      `--user=${decodeURIComponent(username)}`,
    ];
    const secret = password === '' ? [] : [`--password=${decodeURIComponent(password)}`];
    const first = init === '' ? [] : [`--init-command=${init}`];
    return ['mariadb', '--no-defaults', ...login, ...secret, ...first, decodeURIComponent(pathname.slice(1))];
  },
};
