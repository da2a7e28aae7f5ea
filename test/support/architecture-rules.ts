import type { Finding, Literal, Source } from './architecture-source.ts';

/** A pattern of code and the places where it may stand. */
interface CodeRule {
  readonly rule: string;
  readonly pattern: RegExp;
  readonly allowedIn: readonly string[];
}

const codeRules: readonly CodeRule[] = [
  {
    rule: 'environment',
    pattern: /\bprocess\s*(?:\?\.|\.)\s*env\b|\bprocess\s*\[|\{[^{}]*\benv\b[^{}]*\}\s*=\s*process\b/g,
    allowedIn: ['src/config/'],
  },
  { rule: 'console', pattern: /\bconsole\b\s*(?:\?\.|[.[,;)])/g, allowedIn: [] },
  {
    rule: 'clock',
    pattern:
      /\bnew\s+Date\s*\(\s*\)|\bnew\s+Date\b(?!\s*\()|\bDate\s*\.\s*now\b|(?<!new\s+)(?<![.\w])Date\s*\(/g,
    allowedIn: ['src/app.ts'],
  },
];

/** `process.env`, `console` and the present time where they do not belong. */
export function findStrayCode(sources: readonly Source[]): Finding[] {
  return codeRules.flatMap(({ rule, pattern, allowedIn }) =>
    sources
      .filter(({ path }) => !isUnder(path, allowedIn))
      .flatMap((source) =>
        [...source.code.matchAll(pattern)].map((match) => ({
          rule,
          path: source.path,
          detail: match[0].trim(),
        })),
      ),
  );
}

/** The environment and the console imported by name, which no pattern of code would see. */
export function findStrayNodeImports(sources: readonly Source[]): Finding[] {
  return sources.flatMap((source) =>
    source.imports
      .filter(({ from, clause }) => {
        if (from === 'node:console') return true;
        return from === 'node:process' && /\benv\b/.test(clause) && !isUnder(source.path, ['src/config/']);
      })
      .map(({ from, clause }) => ({
        rule: 'environment',
        path: source.path,
        detail: `${clause} from ${from}`,
      })),
  );
}

const engineName = /sqlite|postgres|mysql|mariadb|cockroach|sqlserver|mongodb/i;
/** A driver's error code names a fault, not the kind of database that the program meets. */
const errorCode = /^SQLITE_[A-Z]+$/;
const engineFolders = ['src/database/', 'src/config/'];

/** Conditions on the name of an engine, outside the folders that know engines. */
export function findEngineConditions(sources: readonly Source[]): Finding[] {
  return sources
    .filter(({ path }) => !isUnder(path, engineFolders))
    .flatMap((source) => {
      const conditions = source.strings.filter((literal) => isInCondition(source.code, literal));
      return [...conditions, ...source.expressions]
        .filter(({ value }) => engineName.test(value) && !errorCode.test(value))
        .map(({ value }) => ({ rule: 'engine names', path: source.path, detail: value }));
    });
}

function isInCondition(code: string, { start, end }: Literal): boolean {
  const before = code.slice(0, start);
  const after = code.slice(end);
  const isCompared = /(?:[=!]==?|\bcase)\s*$/.test(before) || /^\s*[=!]==?/.test(after);
  const isLookedFor = /\b(?:includes|startsWith|endsWith|indexOf|has)\(\s*$/.test(before);
  const isInList = /^[^;{}]*\]\s*\.\s*(?:includes|some|indexOf)\(/.test(after) && /\[[^\]]*$/.test(before);
  return isCompared || isLookedFor || isInList;
}

const fileModules = ['fs', 'fs/promises', 'node:fs', 'node:fs/promises'];
const writers =
  /\b(?:writeFile|writeFileSync|appendFile|appendFileSync|createWriteStream|copyFile|copyFileSync|cp|cpSync|rename|renameSync|link|linkSync|symlink|symlinkSync|truncate|truncateSync|ftruncate|ftruncateSync|write|writeSync|writev|writevSync)\b/;

/** A file that may write by itself, and why it cannot go through `util/atomic-file.ts`. */
export interface WritingException {
  readonly path: string;
  readonly reason: string;
}

/** Functions that write, rename or link files, and files opened to be written, outside `util/atomic-file.ts`. */
export function findStrayWrites(
  sources: readonly Source[],
  exceptions: readonly WritingException[],
): Finding[] {
  const allowed = ['src/util/atomic-file.ts', ...exceptions.map(({ path }) => path)];
  return sources
    .filter(({ path }) => !allowed.includes(path))
    .flatMap((source) =>
      source.imports
        .filter(({ from, isType }) => fileModules.includes(from) && !isType)
        .flatMap(({ clause }) => writesOf(source, clause))
        .map((detail) => ({ rule: 'file writes', path: source.path, detail })),
    );
}

function writesOf(source: Source, clause: string): string[] {
  if (!clause.startsWith('{')) return [`all of the file system: ${clause === '' ? 'import()' : clause}`];
  const writer = writers.exec(clause)?.[0];
  const found = writer === undefined ? [] : [writer];
  return /\bopen(?:Sync)?\b/.test(clause) ? [...found, ...opensToWrite(source)] : found;
}

/** Every `open` must say `'r'`, or nothing, where the mode stands. */
function opensToWrite(source: Source): string[] {
  const calls = [...source.code.matchAll(/(?<![.\w])open(?:Sync)?\(/g)];
  return calls
    .map(({ index }) => argumentsAt(source, source.code.indexOf('(', index)))
    .filter((args) => args.length > 1 && args[1] !== `'r'`)
    .map((args) => `open(…, ${args[1]})`);
}

/** The arguments of a call, split at the commas that stand in no inner bracket. */
function argumentsAt({ code, strings }: Source, open: number): string[] {
  const args: string[] = [];
  let depth = 0;
  let start = open + 1;
  for (let at = open; at < code.length; at++) {
    if ('([{'.includes(code[at]!)) depth++;
    if (')]}'.includes(code[at]!)) depth--;
    const isEnd = depth === 0;
    if (!isEnd && !(depth === 1 && code[at] === ',')) continue;
    const literal = strings.find((one) => one.start >= start && one.end <= at);
    args.push(literal === undefined ? code.slice(start, at).trim() : `'${literal.value}'`);
    start = at + 1;
    if (isEnd) break;
  }
  return args.filter((arg) => arg !== '');
}

function isUnder(path: string, places: readonly string[]): boolean {
  return places.some((place) => path === place || (place.endsWith('/') && path.startsWith(place)));
}
