import { appendLines, type TextEdit } from './text-edit.ts';

/** A variable that `.env` should have; the value is plain text. */
export interface EnvLine {
  readonly name: string;
  readonly value: string;
}

/** Adds the variables that a `.env` does not set. */
export function addEnvLines(text: string, lines: readonly EnvLine[]): TextEdit {
  const present = lines.filter(({ name }) => assignment(name).test(text));
  const missing = lines.filter((line) => !present.includes(line));
  const head = missing.length === 0 ? [] : ['# Backups of this database (Holdfast)'];
  const next = appendLines(text, [...head, ...missing.map(({ name, value }) => `${name}=${quote(value)}`)]);
  return { text: next, added: missing.map(({ name }) => name), kept: [] };
}

function assignment(name: string): RegExp {
  return new RegExp(`^\\s*(?:export\\s+)?${name}\\s*=`, 'm');
}

/** Values are paths, numbers and words; only a path can need quotes, and single ones keep everything in it as it is. */
function quote(value: string): string {
  return /^[\w./:-]*$/.test(value) ? value : `'${value}'`;
}
