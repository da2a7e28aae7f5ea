import { addMembers, membersAt } from './json-text.ts';
import type { TextEdit } from './text-edit.ts';

/** What `init` writes into the application's package.json. */
export const npmScripts: Readonly<Record<string, string>> = {
  backup: 'holdfast backup',
  'backup:list': 'holdfast list',
  'backup:restore': 'holdfast restore',
  'backup:daily': 'holdfast backup --tier daily',
  'backup:weekly': 'holdfast backup --tier weekly',
  'backup:monthly': 'holdfast backup --tier monthly',
  'backup:auto': 'holdfast auto',
  'backup:cleanup': 'holdfast cleanup',
  'backup:export-sql': 'holdfast export-sql',
  'backup:health': 'holdfast health',
  'validate:data': 'holdfast validate data',
  'validate:backup': 'holdfast validate backup',
  'validate:report': 'holdfast report',
};

/**
 * Adds the scripts that a package.json does not have. One that is there stays, whatever it does; so does every other
 * byte of the text.
 *
 * @throws SyntaxError, TypeError when the text is not a JSON object with an object of scripts
 */
export function addScripts(text: string): TextEdit {
  const document = JSON.parse(text.replace(/^\uFEFF/, '')) as { scripts?: Record<string, unknown> };
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw new TypeError('it does not hold a JSON object');
  }
  const scripts = document.scripts ?? {};
  if (typeof scripts !== 'object' || Array.isArray(scripts)) throw new TypeError('its scripts are no object');
  const missing = Object.entries(npmScripts).filter(([name]) => !Object.hasOwn(scripts, name));
  const kept = Object.entries(npmScripts)
    .filter(([name, script]) => Object.hasOwn(scripts, name) && scripts[name] !== script)
    .map(([name]) => `script ${name} is ${JSON.stringify(scripts[name])}`);
  const next = missing.length === 0 ? text : insert(text, missing);
  return { text: next, added: missing.map(([name]) => `script ${name}`), kept };
}

function insert(text: string, missing: readonly (readonly [string, string])[]): string {
  const outer = text.indexOf('{');
  const layout = layoutOf(text);
  const add = missing.map(([name, script]) => [name, JSON.stringify(script)] as const);
  const inner = { add, separator: layout.deep, closing: layout.shallow };
  // Of equal keys the last one counts, for JSON.parse and for npm.
  const found = membersAt(text, outer).findLast(({ key }) => key === 'scripts');
  if (found !== undefined) return addMembers(text, { open: found.valueStart, ...inner });
  const json = addMembers('{}', { open: 0, ...inner });
  const closing = layout.lineEnd;
  return addMembers(text, { open: outer, add: [['scripts', json]], separator: layout.shallow, closing });
}

/** How the text is broken into lines; an own line for each member, by two spaces, where it has only one line. */
function layoutOf(text: string): {
  readonly lineEnd: string;
  readonly shallow: string;
  readonly deep: string;
} {
  const lineEnd = text.includes('\r\n') ? '\r\n' : '\n';
  const indent = /\{\s*?\r?\n([ \t]+)"/.exec(text)?.[1] ?? '  ';
  return { lineEnd, shallow: `${lineEnd}${indent}`, deep: `${lineEnd}${indent}${indent}` };
}
