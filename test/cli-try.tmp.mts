import { runCli } from './support/cli.ts';

const [cwd, url, ...argv] = process.argv.slice(2);
const r = await runCli(argv, { cwd: cwd!, env: { DATABASE_URL: url! } });
process.stdout.write(JSON.stringify(r, null, 1).replaceAll('\\n', '\n') + '\n');
