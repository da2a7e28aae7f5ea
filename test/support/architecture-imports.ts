import { posix } from 'node:path';
import type { Finding, Source } from './architecture-source.ts';

const foundation = ['errors', 'util'];
/** Each may import those before it. */
const pure = ['crypto', 'snapshot', 'schema', 'retention', 'export'];
const belowAdapters = [...foundation, ...pure, 'ports'];
const adapters = ['integrity', 'database', 'storage', 'history', 'notify', 'host', 'config'];

/** Which part of the house may import which others; every part may import itself. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  util: ['errors'],
  ...Object.fromEntries(pure.map((part, index) => [part, [...foundation, ...pure.slice(0, index)]])),
  ports: [...foundation, ...pure],
  ...Object.fromEntries(adapters.map((part) => [part, belowAdapters])),
  operations: [...belowAdapters, 'integrity'],
  app: [...belowAdapters, ...adapters, 'operations'],
  api: [...belowAdapters, 'operations', 'config', 'app'],
  index: [...belowAdapters, 'operations', 'config', 'app', 'api'],
  cli: [...belowAdapters, 'operations', 'config', 'app', 'api'],
  bin: ['cli'],
};

/** Parts whose folders stand for one outside world each and know nothing of one another. */
const separateFolders = ['database', 'storage'];

/** Where a package may be imported; a package that is not listed, nowhere. */
const packages: Readonly<Record<string, readonly string[]>> = {
  '@prisma/adapter-better-sqlite3': ['src/history/'],
  '@prisma/client': ['src/history/'],
  '@prisma/prisma-schema-wasm': ['src/schema/'],
  '@googleapis/drive': ['src/storage/drive/'],
  'age-encryption': ['src/crypto/'],
  aws4fetch: ['src/storage/s3/'],
  'better-sqlite3': ['src/database/sqlite/', 'src/history/', 'src/host/'],
  chalk: ['src/cli/'],
  commander: ['src/cli/'],
  dotenv: ['src/config/'],
  'dotenv-expand': ['src/config/'],
  fflate: ['src/export/'],
  'google-auth-library': ['src/storage/drive/'],
  luxon: ['src/retention/'],
  mariadb: ['src/database/mysql/'],
  nodemailer: ['src/notify/'],
  ora: ['src/cli/'],
  pg: ['src/database/postgres/'],
  zod: ['src/config/'],
};

/** Imports that go up or sideways in the table of levels, and parts that stand in no level. */
export function findLevelBreaks(sources: readonly Source[]): Finding[] {
  return sources.flatMap((source) =>
    localImports(source).flatMap((target) => {
      const detail = levelBreak(source, target.path, target.isType);
      return detail === null ? [] : [{ rule: 'levels', path: source.path, detail }];
    }),
  );
}

function levelBreak(source: Source, target: string, isType: boolean): string | null {
  const from = partOf(source.path);
  const to = partOf(target);
  const allowed = mayImport[from];
  if (allowed === undefined) return `${from} stands in no level`;
  if (from === 'ports' && !isType) return `imports more than types from ${target}`;
  if (from !== to) return allowed.includes(to) ? null : `imports ${target}`;
  const [ours, theirs] = [subfolderOf(source.path), subfolderOf(target)];
  const isOtherWorld = ours !== null && theirs !== null && ours !== theirs;
  return separateFolders.includes(from) && isOtherWorld ? `imports ${target}` : null;
}

/** `src/util/bytes.ts` is of util, `src/app.ts` is app, `bin/holdfast.js` is bin. */
function partOf(path: string): string {
  const [top, second] = path.split('/');
  if (top !== 'src') return top!;
  return second!.replace(/\.ts$/, '');
}

/** `src/database/mysql/engine.ts` is in `mysql`; null for a file directly in its part. */
function subfolderOf(path: string): string | null {
  const names = path.split('/');
  return names.length > 3 ? names[2]! : null;
}

/** Files that import each other in a circle, by type imports too; each circle once. */
export function findCycles(sources: readonly Source[]): Finding[] {
  const targets = new Map(
    sources.map((source) => [source.path, localImports(source).map(({ path }) => path)]),
  );
  const done = new Set<string>();
  const findings: Finding[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const circle = trail.indexOf(path);
    if (circle !== -1) {
      findings.push({ rule: 'cycles', path, detail: [...trail.slice(circle), path].join(' → ') });
      return;
    }
    if (done.has(path)) return;
    for (const target of targets.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const { path } of sources) visit(path, []);
  return findings;
}

/** Imports whose target is only known when they run, so that no rule can see it. */
export function findHiddenImports(sources: readonly Source[]): Finding[] {
  return sources
    .filter(({ path }) => !path.startsWith('src/config/'))
    .flatMap((source) =>
      [...source.code.matchAll(/\b(?:import|require)\s*\(\s*(?!['"])/g)].map((match) => ({
        rule: 'hidden imports',
        path: source.path,
        detail: source.code.slice(match.index, match.index + 40).trim(),
      })),
    );
}

/** Packages imported outside the folder that they belong to. */
export function findStrayPackages(sources: readonly Source[]): Finding[] {
  return sources.flatMap((source) =>
    source.imports
      .filter(({ from }) => !from.startsWith('.') && !from.startsWith('node:'))
      .map(({ from }) => packageName(from))
      .filter((name) => !isPackageAllowed(name, source.path))
      .map((name) => ({ rule: 'packages', path: source.path, detail: `imports ${name}` })),
  );
}

function isPackageAllowed(name: string, path: string): boolean {
  return Object.hasOwn(packages, name) && packages[name]!.some((folder) => path.startsWith(folder));
}

function packageName(from: string): string {
  const names = from.split('/');
  return from.startsWith('@') ? names.slice(0, 2).join('/') : names[0]!;
}

/** A generated Prisma Client brings `@prisma/client` with it. */
export function findStrayClients(sources: readonly Source[]): Finding[] {
  return sources
    .filter(({ path }) => !path.startsWith('src/history/'))
    .flatMap((source) =>
      source.imports
        .filter(({ from }) => from.startsWith('.') && from.includes('/generated/'))
        .map(({ from }) => ({ rule: 'packages', path: source.path, detail: `imports ${from}` })),
    );
}

/** Relative imports as paths of sources; what bin imports from dist is compiled from src. */
function localImports(source: Source): { readonly path: string; readonly isType: boolean }[] {
  return source.imports
    .filter(({ from }) => from.startsWith('.'))
    .map(({ from, isType }) => ({
      path: posix.join(posix.dirname(source.path), from).replace(/^dist\/(.*)\.js$/, 'src/$1.ts'),
      isType,
    }));
}
