import { spawn } from 'node:child_process';
import { describeError } from '../errors.ts';

/** What the application's own Prisma makes of its `prisma.config.*`. Paths are absolute. */
export interface PrismaConfigValues {
  readonly schema: string | null;
  readonly url: string | null;
  readonly directUrl: string | null;
}

export interface RunPrismaConfigInput {
  readonly appFolder: string;
  readonly configPath: string;
  readonly env: Readonly<Record<string, string>>;
}

const timeoutMs = 30_000;

/**
 * The loader is the one that the application's Prisma brings along; `prisma/config` is found from the application,
 * and its `@prisma/config` from there, whatever the package manager's layout.
 */
const childProgram = `
const { createRequire } = require('node:module');
const [appFolder, configFile] = process.argv.slice(1);
const text = (value) => (typeof value === 'string' && value !== '' ? value : null);
const answer = (message) => process.send(message, () => process.exit(0));
(async () => {
  const fromApp = createRequire(appFolder + '/package.json');
  const { loadConfigFromFile } = createRequire(fromApp.resolve('prisma/config'))('@prisma/config');
  const { config, error } = await loadConfigFromFile({ configRoot: appFolder, configFile });
  if (error) throw error.error ?? new Error(error._tag);
  const { schema, datasource } = config ?? {};
  answer({
    schema: text(schema) ?? text(schema?.filePath) ?? text(schema?.folderPath),
    url: text(datasource?.url),
    directUrl: text(datasource?.directUrl),
  });
})().catch((error) => answer({ failure: String(error?.message ?? error) }));
`;

/**
 * Runs the application's `prisma.config.*` in a process of its own, in the application's folder: the code may print,
 * change its environment, or hang, and none of that reaches this process.
 *
 * @throws Error with the reason when it cannot be run, fails, or takes too long
 */
export function runPrismaConfig(input: RunPrismaConfigInput): Promise<PrismaConfigValues> {
  return new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      ['--input-type=commonjs', '-e', childProgram, input.appFolder, input.configPath],
      {
        cwd: input.appFolder,
        env: input.env,
        stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
        timeout: timeoutMs,
        killSignal: 'SIGKILL',
      },
    );
    child.once('message', (message) => {
      const answer = message as PrismaConfigValues | { readonly failure: string };
      if ('failure' in answer) reject(new Error(answer.failure));
      else resolve(answer);
    });
    child.once('error', (error) => reject(new Error(describeError(error))));
    child.once('close', (code, signal) => reject(new Error(endedWithoutAnswer(code, signal))));
  });
}

function endedWithoutAnswer(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal === 'SIGKILL') return `it did not end within ${timeoutMs / 1000} s`;
  return `it ended the process with ${signal ?? `exit code ${code}`}`;
}
