import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { AppError, describeError, systemCode } from '../errors.ts';
import { exists, makeFolder, replaceFile } from '../util/atomic-file.ts';
import { choosePackageManager, lockFiles, type PackageManager } from './init/package-manager.ts';
import { type InitFacts, type InitPlan, type InitWishes, type PlannedFile, planInit } from './init/plan.ts';
import { cronBlock, type ScheduledProgram } from './scheduling/cron-lines.ts';

export interface InitRequest {
  readonly appFolder: string;
  readonly backupDir: string;
  readonly wishes: InitWishes;
  readonly program: ScheduledProgram;
  /** The database that backups would be of, for people; null where none was found. */
  readonly database: string | null;
  /** What the operator should know before, such as that no database was found. */
  readonly warnings: readonly string[];
  readonly dryRun: boolean;
  /** Shows the plan, and returns whether it is wanted. */
  readonly consent: (result: InitResult) => Promise<boolean>;
}

export interface InitResult {
  readonly command: 'init';
  readonly ok: true;
  readonly dryRun: boolean;
  readonly database: string | null;
  readonly files: readonly Omit<PlannedFile, 'text' | 'mode'>[];
  readonly folder: { readonly path: string; readonly created: boolean };
  /** What `holdfast schedule install` would put into the crontab. */
  readonly crontab: readonly string[];
  /** Commands to go on with, in the words of the application's package manager. */
  readonly next: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * Sets an application up for backups. Adds what is missing and changes nothing that is there, so it may be repeated.
 *
 * @throws AppError CONFIG.FILE, CONSENT.MISSING
 */
export async function init(request: InitRequest): Promise<InitResult> {
  const facts = await readFacts(request);
  const plan = planInit(facts, request.wishes);
  const result = describe(request, { facts, plan, manager: await findManager(facts) });
  if (request.dryRun) return result;
  if (isWork(plan) && !(await request.consent(result))) {
    throw new AppError('CONSENT.MISSING', 'Nothing was written', {
      hint: 'See what would be written with --dry-run; write it without a question with --yes',
    });
  }
  await carryOut(plan);
  return result;
}

function isWork({ files, makeFolder: folder }: InitPlan): boolean {
  return folder !== null || files.some(({ action }) => action !== 'keep');
}

async function carryOut({ files, makeFolder: folder }: InitPlan): Promise<void> {
  try {
    if (folder !== null) await makeFolder(folder);
    for (const { path: filePath, action, text, mode } of files) {
      if (action !== 'keep') await replaceFile(filePath, text, mode);
    }
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    throw new AppError('CONFIG.FILE', `Cannot set the application up: ${describeError(error)}`, {
      hint: 'Run it as the user that owns the application; what was written before stays, and it may be repeated',
      cause: error,
    });
  }
}

async function readFacts({ appFolder, backupDir }: InitRequest): Promise<InitFacts> {
  const read = (name: string): Promise<string | null> => readText(path.join(appFolder, name));
  return {
    appFolder,
    backupDir,
    packageJson: await read('package.json'),
    env: await read('.env'),
    settingsFile: await read('holdfast.config.json'),
    gitIgnore: await read('.gitignore'),
    isInGit: await isInGit(appFolder),
    isBackupDirThere: await exists(backupDir),
  };
}

async function readText(filePath: string): Promise<string | null> {
  try {
    return decode(await readFile(filePath), filePath);
  } catch (error) {
    if (error instanceof AppError) throw error;
    if (systemCode(error) === 'ENOENT') return null;
    throw new AppError('CONFIG.FILE', `Cannot read ${filePath}: ${describeError(error)}`, { cause: error });
  }
}

/** Bytes that are no UTF-8 would come back as others. */
function decode(bytes: Buffer, filePath: string): string {
  const text = bytes.toString('utf8');
  if (Buffer.from(text, 'utf8').equals(bytes)) return text;
  throw new AppError('CONFIG.FILE', `Cannot add to ${filePath}: it is not encoded in UTF-8`, {
    hint: 'Convert it, then run: holdfast init',
  });
}

async function isInGit(folder: string): Promise<boolean> {
  if (await exists(path.join(folder, '.git'))) return true;
  const parent = path.dirname(folder);
  return parent !== folder && isInGit(parent);
}

async function findManager({ appFolder, packageJson }: InitFacts): Promise<PackageManager> {
  const present = new Set<string>();
  for (const [file] of lockFiles) if (await exists(path.join(appFolder, file))) present.add(file);
  return choosePackageManager(readManifest(packageJson)['packageManager'], (file) => present.has(file));
}

/** The plan has read it as JSON before. */
function readManifest(packageJson: string | null): Readonly<Record<string, unknown>> {
  return packageJson === null
    ? {}
    : (JSON.parse(packageJson.replace(/^\uFEFF/, '')) as Record<string, unknown>);
}

interface Planned {
  readonly facts: InitFacts;
  readonly plan: InitPlan;
  readonly manager: PackageManager;
}

function describe(request: InitRequest, { facts, plan, manager }: Planned): InitResult {
  const { dryRun, database, warnings, backupDir, program } = request;
  return {
    command: 'init',
    ok: true,
    dryRun,
    database,
    files: plan.files.map(({ text: _text, mode: _mode, ...file }) => file),
    folder: { path: backupDir, created: plan.makeFolder !== null },
    crontab: cronBlock(program),
    next: nextSteps(facts, manager),
    warnings,
  };
}

function nextSteps({ packageJson }: InitFacts, { exec, install }: PackageManager): readonly string[] {
  const { dependencies, devDependencies } = readManifest(packageJson);
  const isInstalled = [dependencies, devDependencies].some((list) => Object.hasOwn(Object(list), 'holdfast'));
  return [
    ...(packageJson === null || isInstalled ? [] : [install]),
    ...['doctor', 'backup', 'schedule install'].map((words) => `${exec} ${words}`),
  ];
}
