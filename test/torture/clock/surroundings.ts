import { execFile } from 'node:child_process';
import path from 'node:path';
import { Shop } from '../../cli/shop.ts';
import { type CliResult, projectFolder } from '../../support/cli.ts';
import { type ClockCase, contentOf, FolderWatch } from './clock-cases.ts';

/** The environment of a run, whole: `env -i` gives nothing else. */
const environments: Readonly<Record<string, readonly string[]>> = {
  'LC_ALL=tr_TR.UTF-8': ['LC_ALL=tr_TR.UTF-8', 'LANG=tr_TR.UTF-8', 'LANGUAGE=tr'],
  'LC_ALL=de_DE.UTF-8': ['LC_ALL=de_DE.UTF-8', 'LANG=de_DE.UTF-8'],
  'LC_ALL=ar_EG.UTF-8': ['LC_ALL=ar_EG.UTF-8', 'LANG=ar_EG.UTF-8'],
  'LC_ALL=C': ['LC_ALL=C'],
  'LC_ALL=POSIX, TZ=Pacific/Kiritimati': ['LC_ALL=POSIX', 'TZ=Pacific/Kiritimati'],
  'LANG unset': ['PATH=/usr/bin:/bin', 'HOME=/nonexistent'],
  'env -i': [],
};

const commands = [
  ['backup', 'one', '--json', '--tag', 'TITLE'],
  ['backup', '--json'],
  ['auto', '--json'],
  ['list', '--json'],
  ['cleanup', '--json'],
  ['health', '--json'],
  ['restore', 'one', '--clear-existing', '--confirm', 'app.db', '--json'],
  ['undo', '--confirm', 'app.db', '--json'],
] as const;

/** Every environment does the same, with the same rows in its snapshot. */
export function surroundingCases(): readonly ClockCase[] {
  return Object.entries(environments).map(([label, variables]) => ({
    label: `all commands with ${label}`,
    async run() {
      const shop = new Shop();
      const watch = new FolderWatch(shop);
      const run = (argv: readonly string[]) => runBare(shop, variables, argv);
      for (const argv of commands) await watch.expectGood(await run(argv));
      const plain = await new Promise<CliResult>((resolve) => resolve(shop.run('show', 'one', '--json')));
      const seen = await run(['show', 'one', '--json']);
      if (contentOf(plain) !== contentOf(seen)) watch.broken.push('the snapshot shows other rows');
      if (contentOf(plain) !== (await referenceContent())) watch.broken.push('the snapshot holds other rows');
      return { fired: true, violations: watch.broken };
    },
  }));
}

async function referenceContent(): Promise<string> {
  const shop = new Shop();
  await shop.backUp('one');
  return contentOf(await shop.run('show', 'one', '--json'));
}

/** As cron does: by /bin/sh, with nothing in the environment but what is named. */
function runBare(shop: Shop, variables: readonly string[], argv: readonly string[]): Promise<CliResult> {
  const program = [process.execPath, path.join(projectFolder, 'bin/holdfast.js'), ...argv];
  const line = ['exec', 'env', '-i', `DATABASE_URL=${shop.env['DATABASE_URL']}`, ...variables, ...program]
    .map((word) => `'${word}'`)
    .join(' ')
    .replace("'exec'", 'exec');
  return new Promise((resolve) => {
    execFile('/bin/sh', ['-c', line], { cwd: shop.folder, env: {} }, (error, stdout, stderr) => {
      resolve({ exitCode: error === null ? 0 : Number(error.code ?? -1), stdout, stderr });
    });
  });
}
