import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A file as the rules of the architecture see it. */
export interface Source {
  /** From the folder of the checkout, with forward slashes: `src/util/bytes.ts`. */
  readonly path: string;
  /** The text with comments, regular expressions and the contents of strings blanked out; the same length. */
  readonly code: string;
  readonly strings: readonly Literal[];
  readonly expressions: readonly Literal[];
  readonly imports: readonly Import[];
}

/** A string or a regular expression; `start` is its opening mark, `end` is behind its closing one. */
export interface Literal {
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

export interface Import {
  readonly from: string;
  readonly isType: boolean;
  /** What stands between `import` and `from`; empty for `import('…')` and `import '…'`. */
  readonly clause: string;
}

export interface Finding {
  readonly rule: string;
  readonly path: string;
  readonly detail: string;
}

/** All sources of the program under the folder of the checkout. */
export function readSources(root: string): Source[] {
  const names = ['src', 'bin'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`),
  );
  return names
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => /\.(ts|js|mjs|cjs)$/.test(name) && !name.includes('/generated/'))
    .sort()
    .map((name) => parseSource(name, readFileSync(join(root, name), 'utf8')));
}

export function parseSource(path: string, text: string): Source {
  const scan = scanText(text);
  const imports = scan.strings.flatMap((literal) => importAt(scan.code, literal) ?? []);
  return { path, ...scan, imports };
}

function importAt(code: string, literal: Literal): Import | null {
  const before = code.slice(0, literal.start);
  if (/\b(import|require)\s*\(\s*$/.test(before) || /\bimport\s*$/.test(before)) {
    return { from: literal.value, isType: /\btypeof\s+import\s*\(\s*$/.test(before), clause: '' };
  }
  const statement = /\b(?:import|export)\s+(type\s+)?((?:(?!\b(?:import|export)\s)[^;])*?)\s*\bfrom\s*$/.exec(
    before,
  );
  if (statement === null) return null;
  return { from: literal.value, isType: statement[1] !== undefined, clause: statement[2]! };
}

interface Scan {
  readonly code: string;
  readonly strings: Literal[];
  readonly expressions: Literal[];
}

/** Tells code from comments, strings, templates and regular expressions; code inside templates is code. */
function scanText(text: string): Scan {
  const code = text.split('');
  const strings: Literal[] = [];
  const expressions: Literal[] = [];
  /** For every open `${`, how many braces are open inside it. */
  const templates: number[] = [];

  const blank = (start: number, end: number): void => {
    for (let at = start; at < end; at++) if (code[at] !== '\n') code[at] = ' ';
  };
  const keep = (list: Literal[], start: number, end: number): void => {
    list.push({ value: text.slice(start + 1, end - 1), start, end });
    blank(start + 1, end - 1);
  };
  /** Blanks the text of a template from its backtick or closing brace up to the next one. */
  const readTemplate = (start: number): number => {
    const end = endOfTemplate(text, start + 1);
    keep(strings, start, end);
    if (text[end - 1] === '{') templates.push(0);
    return end;
  };

  let at = 0;
  while (at < text.length) {
    const end = endOfPlain(text, at, code);
    if (end !== null) {
      if (end.kind === 'comment') blank(at, end.at);
      if (end.kind === 'string') keep(strings, at, end.at);
      if (end.kind === 'expression') keep(expressions, at, end.at);
      at = end.at;
      continue;
    }
    const char = text[at];
    const depth = templates.length - 1;
    if (char === '`') {
      at = readTemplate(at);
      continue;
    }
    if (char === '}' && templates[depth] === 0) {
      templates.pop();
      at = readTemplate(at);
      continue;
    }
    if (depth >= 0 && char === '{') templates[depth]!++;
    if (depth >= 0 && char === '}') templates[depth]!--;
    at++;
  }
  return { code: code.join(''), strings, expressions };
}

/** The comment, string or regular expression that begins here, if one does. */
function endOfPlain(text: string, at: number, code: readonly string[]) {
  const char = text[at]!;
  if (text.startsWith('//', at)) return { kind: 'comment', at: indexOr(text, '\n', at) } as const;
  if (text.startsWith('/*', at)) return { kind: 'comment', at: indexOr(text, '*/', at + 2) + 2 } as const;
  if (char === "'" || char === '"') return { kind: 'string', at: endOfQuoted(text, at + 1, char) } as const;
  if (char === '/' && beginsExpression(code, at)) {
    return { kind: 'expression', at: endOfExpression(text, at + 1) } as const;
  }
  return null;
}

function indexOr(text: string, mark: string, from: number): number {
  const found = text.indexOf(mark, from);
  return found === -1 ? text.length : found;
}

function endOfQuoted(text: string, from: number, mark: string): number {
  let at = from;
  while (at < text.length && text[at] !== mark) at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

/** Behind the closing backtick, or behind `${`. */
function endOfTemplate(text: string, from: number): number {
  let at = from;
  while (at < text.length && text[at] !== '`') {
    if (text.startsWith('${', at)) return at + 2;
    at += text[at] === '\\' ? 2 : 1;
  }
  return at + 1;
}

function endOfExpression(text: string, from: number): number {
  let isInClass = false;
  let at = from;
  while (at < text.length && text[at] !== '\n' && (isInClass || text[at] !== '/')) {
    if (text[at] === '[') isInClass = true;
    if (text[at] === ']') isInClass = false;
    at += text[at] === '\\' ? 2 : 1;
  }
  return at + 1;
}

/** A slash divides behind a value and begins a regular expression elsewhere. */
function beginsExpression(code: readonly string[], at: number): boolean {
  const before = code
    .slice(Math.max(0, at - 80), at)
    .join('')
    .trimEnd();
  if (/\b(return|typeof|case|in|of|await|yield|throw|void)$/.test(before)) return true;
  return !/[\w$)\]}'"`]$/.test(before);
}
