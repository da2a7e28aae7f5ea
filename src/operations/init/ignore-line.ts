import { appendLines, type TextEdit } from './text-edit.ts';

/**
 * Adds a line for a folder to a `.gitignore`, unless one of the usual forms is there.
 *
 * @param folder relative to the `.gitignore`, with `/` between its parts
 */
export function addIgnoreLine(text: string, folder: string): TextEdit {
  const forms = [folder, `/${folder}`, `${folder}/`, `/${folder}/`, `${folder}/*`, `/${folder}/*`];
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  if (lines.some((line) => forms.includes(line))) return { text, added: [], kept: [] };
  // Letters with a meaning in patterns stand for themselves behind a backslash.
  const line = `/${folder.replace(/[\\*?[\] ]/g, '\\$&')}/`;
  return { text: appendLines(text, [line]), added: [line], kept: [] };
}
