/** How an application's package manager runs things, for the texts. */
export interface PackageManager {
  readonly name: 'npm' | 'pnpm' | 'yarn' | 'bun';
  /** Runs the program of an installed package: `npx holdfast`. */
  readonly exec: string;
  readonly install: string;
}

const managers = {
  npm: { name: 'npm', exec: 'npx holdfast', install: 'npm install holdfast' },
  pnpm: { name: 'pnpm', exec: 'pnpm exec holdfast', install: 'pnpm add holdfast' },
  yarn: { name: 'yarn', exec: 'yarn holdfast', install: 'yarn add holdfast' },
  bun: { name: 'bun', exec: 'bunx holdfast', install: 'bun add holdfast' },
} as const satisfies Record<PackageManager['name'], PackageManager>;

/** Each manager's lock files; where several are there, the first that is listed here. */
export const lockFiles: readonly (readonly [file: string, manager: PackageManager['name']])[] = [
  ['pnpm-lock.yaml', 'pnpm'],
  ['yarn.lock', 'yarn'],
  ['bun.lock', 'bun'],
  ['bun.lockb', 'bun'],
  ['package-lock.json', 'npm'],
];

/**
 * What `packageManager` of package.json names (`pnpm@9.1.0`), else what left its lock file, else npm.
 *
 * @param declared the value of `packageManager`, if any
 * @param hasFile whether the application has a file of that name
 */
export function choosePackageManager(declared: unknown, hasFile: (file: string) => boolean): PackageManager {
  const name = typeof declared === 'string' ? declared.split('@')[0]! : '';
  if (Object.hasOwn(managers, name)) return managers[name as PackageManager['name']];
  return managers[lockFiles.find(([file]) => hasFile(file))?.[1] ?? 'npm'];
}
