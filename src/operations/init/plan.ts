import path from 'node:path';
import { AppError, describeError } from '../../errors.ts';
import { addEnvLines, type EnvLine } from './env-lines.ts';
import { addIgnoreLine } from './ignore-line.ts';
import { addScripts } from './package-scripts.ts';
import type { TextEdit } from './text-edit.ts';

/** What is in the application's folder. A text is null where there is no such file. */
export interface InitFacts {
  readonly appFolder: string;
  readonly packageJson: string | null;
  readonly env: string | null;
  readonly settingsFile: string | null;
  readonly gitIgnore: string | null;
  /** Whether the folder belongs to a git repository. */
  readonly isInGit: boolean;
  readonly backupDir: string;
  readonly isBackupDirThere: boolean;
}

/** What should be set, each where nothing sets it yet. */
export interface InitWishes {
  readonly env: readonly EnvLine[];
  /** The members of a new holdfast.config.json. */
  readonly settings: Readonly<Record<string, string | number>>;
}

export interface PlannedFile {
  readonly path: string;
  readonly action: 'create' | 'add' | 'keep';
  /** What is new, for people. */
  readonly added: readonly string[];
  /** What stays although something else would have been written. */
  readonly kept: readonly string[];
  /** The whole text that the file gets. */
  readonly text: string;
  /** Of a file that is created. */
  readonly mode: number;
}

export interface InitPlan {
  readonly files: readonly PlannedFile[];
  /** Null when it is there. */
  readonly makeFolder: string | null;
}

/** Says what to write; nothing that is there is changed or taken away. */
export function planInit(facts: InitFacts, wishes: InitWishes): InitPlan {
  const files = [planSettings(facts, wishes), planEnv(facts, wishes), planScripts(facts), planIgnore(facts)];
  return {
    files: files.filter((file) => file !== null),
    makeFolder: facts.isBackupDirThere ? null : facts.backupDir,
  };
}

function planSettings({ appFolder, settingsFile }: InitFacts, { settings }: InitWishes): PlannedFile {
  const place = { path: path.join(appFolder, 'holdfast.config.json'), former: settingsFile, mode: 0o644 };
  if (settingsFile !== null) return planFile(place, { text: settingsFile, added: [], kept: [] });
  const text = `${JSON.stringify(settings, null, 2)}\n`;
  return planFile(place, { text, added: Object.keys(settings), kept: [] });
}

function planEnv({ appFolder, env }: InitFacts, wishes: InitWishes): PlannedFile {
  const place = { path: path.join(appFolder, '.env'), former: env, mode: 0o600 };
  return planFile(place, addEnvLines(env ?? '', wishes.env));
}

/** @throws AppError CONFIG.FILE */
function planScripts({ appFolder, packageJson }: InitFacts): PlannedFile | null {
  if (packageJson === null) return null;
  const place = { path: path.join(appFolder, 'package.json'), former: packageJson, mode: 0o644 };
  try {
    return planFile(place, addScripts(packageJson));
  } catch (error) {
    throw new AppError('CONFIG.FILE', `Cannot add scripts to ${place.path}: ${describeError(error)}`, {
      hint: 'Correct the file, then run: holdfast init',
      cause: error,
    });
  }
}

function planIgnore({ appFolder, gitIgnore, isInGit, backupDir }: InitFacts): PlannedFile | null {
  const folder = path.relative(appFolder, backupDir).split(path.sep).join('/');
  const isInside = folder !== '' && folder !== '..' && !folder.startsWith('../') && !path.isAbsolute(folder);
  if (!isInside || (gitIgnore === null && !isInGit)) return null;
  const place = { path: path.join(appFolder, '.gitignore'), former: gitIgnore, mode: 0o644 };
  return planFile(place, addIgnoreLine(gitIgnore ?? '', folder));
}

interface Place {
  readonly path: string;
  readonly former: string | null;
  readonly mode: number;
}

function planFile({ path: filePath, former, mode }: Place, { text, added, kept }: TextEdit): PlannedFile {
  const change = former === null ? 'create' : 'add';
  return { path: filePath, action: text === (former ?? '') ? 'keep' : change, added, kept, text, mode };
}
