import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { isSnapshotFile } from '../../../src/snapshot/name.ts';
import { Shop } from '../../cli/shop.ts';
import { projectFolder, runBinary } from '../../support/cli.ts';
import { digestSqlite, makeTempFolder } from '../../support/sqlite.ts';
import type { CaseResult } from '../fault-class.ts';

const fixtures = path.join(projectFolder, 'test/fixtures');

export interface KeptSnapshot {
  /** The folder, such as `format-1/restorable`. */
  readonly folder: string;
  readonly file: string;
}

/** Every kept snapshot of every version, those that can be restored apart. */
export function keptSnapshots(): {
  readonly readable: readonly KeptSnapshot[];
  readonly restorable: readonly KeptSnapshot[];
} {
  const versions = readdirSync(fixtures).filter((name) => /^format-\d+$/.test(name));
  const of = (folder: string) =>
    readdirSync(path.join(fixtures, folder))
      .filter((file) => isSnapshotFile(file) && file !== 'expected.json')
      .map((file) => ({ folder, file }));
  return {
    readable: versions.flatMap(of),
    restorable: versions.flatMap((version) => of(`${version}/restorable`)),
  };
}

/** A kept snapshot is still found good, with or without its sidecar. */
export async function readKept({ folder, file }: KeptSnapshot, withSidecar: boolean): Promise<CaseResult> {
  const { backups, app } = place(folder, withSidecar ? file : `${file}$`);
  const argv = ['validate', 'backup', path.join(backups, file), '--json', ...keysFor(folder, file)];
  const { exitCode, stdout, stderr } = await runBinary(argv, { cwd: app, env: {} });
  return { fired: stdout !== '', violations: exitCode === 0 ? [] : [`exit ${exitCode}: ${stdout}${stderr}`] };
}

/** A kept snapshot brings back, into an empty database, what it was taken of. */
export async function restoreKept({ folder, file }: KeptSnapshot): Promise<CaseResult> {
  const { backups, app } = place(folder, file);
  const database = path.join(app, 'app.db');
  // Of no content but that of an empty database.
  new Database(database).exec('VACUUM').close();
  const argv = [
    'restore',
    path.join(backups, file),
    '--create-schema',
    '--confirm',
    'app.db',
    '--clear-existing',
  ];
  const result = await runBinary([...argv, '--json', ...keysFor(folder, file)], {
    cwd: app,
    env: { DATABASE_URL: `file:${database}` },
  });
  if (result.exitCode !== 0)
    return { fired: true, violations: [`exit ${result.exitCode}: ${result.stdout}`] };
  const expected = readFileSync(path.join(fixtures, folder, 'expected.json'), 'utf8');
  const isSame = JSON.stringify(JSON.parse(expected)) === JSON.stringify(digestSqlite(database));
  return { fired: true, violations: isSame ? [] : ['the restored database is another'] };
}

/** The files of a fixture in a folder of their own, with the modes that the program asks for. */
function place(folder: string, only: string): { readonly backups: string; readonly app: string } {
  const app = makeTempFolder();
  const backups = path.join(app, 'backups');
  mkdirSync(backups);
  const [name, isAlone] = [only.replace(/\$$/, ''), only.endsWith('$')];
  for (const file of readdirSync(path.join(fixtures, folder))) {
    if (isAlone ? file !== name : !file.startsWith(name)) continue;
    cpSync(path.join(fixtures, folder, file), path.join(backups, file));
    chmodSync(path.join(backups, file), 0o600);
  }
  return { backups, app };
}

function keysFor(folder: string, file: string): readonly string[] {
  if (!file.endsWith('.age')) return [];
  // Git keeps no mode that hides a file from others, which the program insists on.
  const identity = path.join(makeTempFolder(), 'identity.txt');
  cpSync(path.join(fixtures, folder, 'identity.txt'), identity);
  chmodSync(identity, 0o600);
  return ['--identity', identity];
}

/** What a later version might write, made by a build that says so of itself. */
export interface NewerCase {
  readonly label: string;
  readonly version: number;
  readonly options: readonly string[];
}

const commands: readonly (readonly string[])[] = [
  ['validate', 'backup', 'future'],
  ['show', 'future'],
  ['restore', 'future', '--clear-existing', '--confirm', 'app.db'],
  ['restore', 'future', '--clear-existing', '--confirm', 'app.db', '--skip-validation'],
  ['restore', 'future', '--dry-run', '--clear-existing'],
  ['export', 'future', '--format', 'csv', '-o', 'rows'],
  ['export-sql', 'future', '-o', 'rows.sql'],
];

/** Every command refuses a newer format by its name, with advice, and writes nothing. */
export async function refuseNewer(
  { version, options }: NewerCase,
  { writer, reader }: { readonly writer: string; readonly reader?: string },
): Promise<CaseResult> {
  const shop = new Shop();
  const surroundings = { cwd: shop.folder, env: shop.env };
  const taken = await runBinary(['backup', 'future', ...options], { ...surroundings, program: writer });
  shop.change(`UPDATE products SET name = 'later'`);
  const before = JSON.stringify(digestSqlite(shop.file));
  const broken: string[] = [];
  for (const argv of commands) {
    const build = reader === undefined ? {} : { program: reader };
    const { exitCode, stdout } = await runBinary([...argv, '--json'], { ...surroundings, ...build });
    const isTold =
      /SNAPSHOT\.VERSION/.test(stdout) && stdout.includes(`format ${version}`) && [2, 4].includes(exitCode);
    if (!isTold) broken.push(`${argv.join(' ')} exits ${exitCode}: ${stdout.slice(0, 300)}`);
  }
  if (JSON.stringify(digestSqlite(shop.file)) !== before) broken.push('the database was changed');
  return { fired: taken.exitCode === 0 || taken.stderr.includes(`format ${version}`), violations: broken };
}
