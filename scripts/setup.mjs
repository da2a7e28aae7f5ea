/** Makes a checkout ready to run: packages, generated clients, compiled program. Each only when it is not there or old. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buildIfOlder } from './build.mjs';
import { generateClients } from './prisma-generate.mjs';
import { isMain, root, run, runScript, say } from './process.mjs';

export function setUp() {
  installIfDifferent();
  generateClients();
  buildIfOlder();
}

/** Installs exactly what package-lock.json names, unless exactly that is there. */
function installIfDifferent() {
  const reason = whyInstall();
  if (reason === null) return;
  say(`Installing the packages, because ${reason}. This takes a minute or two …`);
  const isWindows = process.platform === 'win32';
  run(isWindows ? 'npm.cmd' : 'npm', ['ci', '--no-audit', '--no-fund', '--no-update-notifier'], {
    stdio: ['ignore', 2, 2],
    env: compilerEnvironment(),
    shell: isWindows,
  });
}

/**
 * Where no compiled better-sqlite3 can be downloaded it is compiled here, and that needs the headers of Node. Many
 * systems have them beside Node; naming that place saves the download that would fail for the same reason.
 */
export function compilerEnvironment(env = process.env) {
  const prefix = dirname(dirname(process.execPath));
  if (!existsSync(join(prefix, 'include/node/node.h'))) return env;
  return { npm_package_config_node_gyp_nodedir: prefix, ...env };
}

function whyInstall() {
  const installedFile = join(root, 'node_modules/.package-lock.json');
  if (!existsSync(installedFile)) return 'there are none yet';
  const wanted = readPackages(join(root, 'package-lock.json'));
  const installed = readPackages(installedFile);
  const different = Object.keys(wanted).find(
    (path) => path !== '' && !isSatisfied(wanted[path], installed[path]),
  );
  return different === undefined ? null : `${different} is not as package-lock.json says`;
}

function readPackages(lockFile) {
  return JSON.parse(readFileSync(lockFile, 'utf8')).packages;
}

/** What is optional is rightly missing on the platforms that it is not made for. */
function isSatisfied(wanted, installed) {
  if (installed === undefined) return wanted.optional === true || wanted.devOptional === true;
  return installed.version === wanted.version && installed.integrity === wanted.integrity;
}

if (isMain(import.meta.url)) await runScript(setUp);
