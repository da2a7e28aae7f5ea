import type { SchemaLine } from './schema-block.ts';

/** One argument of an attribute: `fields: [authorId]` has a name, `"users"` has none. */
export interface AttributeArgument {
  readonly name: string | null;
  readonly value: string;
}

/** `@id`, `@db.VarChar(200)` or `@@map("users")`; the name is without its `@`. */
export interface Attribute {
  readonly name: string;
  readonly isOfBlock: boolean;
  readonly arguments: readonly AttributeArgument[];
}

/** The attributes of a line, in order. */
export function scanAttributes(line: SchemaLine): readonly Attribute[] {
  const attributes: Attribute[] = [];
  const pattern = /(@@?)([\w.]+)[ \t]*(\()?/g;
  for (let match = pattern.exec(line.structure); match !== null; match = pattern.exec(line.structure)) {
    const from = pattern.lastIndex;
    const to = match[3] === undefined ? from : closingParenthesis(line.structure, from);
    attributes.push({
      name: match[2]!,
      isOfBlock: match[1] === '@@',
      arguments: match[3] === undefined ? [] : scanArguments(line, from, to),
    });
    pattern.lastIndex = to;
  }
  return attributes;
}

function closingParenthesis(structure: string, from: number): number {
  let depth = 1;
  for (let at = from; at < structure.length; at++) {
    if (structure[at] === '(') depth++;
    if (structure[at] === ')' && --depth === 0) return at;
  }
  return structure.length;
}

function scanArguments(line: SchemaLine, from: number, to: number): readonly AttributeArgument[] {
  return splitAtCommas(line, from, to).map(({ code, structure }) => {
    const name = /^\s*(\w+)\s*:/.exec(structure);
    return name === null
      ? { name: null, value: code.trim() }
      : { name: name[1]!, value: code.slice(name[0].length).trim() };
  });
}

/** The parts between the commas that stand outside quotes and brackets. */
function splitAtCommas(
  line: SchemaLine,
  from: number,
  to: number,
): readonly { code: string; structure: string }[] {
  const parts: { code: string; structure: string }[] = [];
  let depth = 0;
  let start = from;
  const add = (end: number): void => {
    const structure = line.structure.slice(start, end);
    if (structure.trim() !== '') parts.push({ code: line.code.slice(start, end), structure });
  };
  for (let at = from; at < to; at++) {
    const char = line.structure[at]!;
    if ('([{'.includes(char)) depth++;
    if (')]}'.includes(char)) depth--;
    if (char !== ',' || depth !== 0) continue;
    add(at);
    start = at + 1;
  }
  add(to);
  return parts;
}

/** The argument of that name, or else the first one without a name; undefined when there is neither. */
export function argumentOf(attribute: Attribute, name: string): string | undefined {
  const named = attribute.arguments.find((argument) => argument.name === name);
  return (named ?? attribute.arguments.find((argument) => argument.name === null))?.value;
}

/** The text of a quoted string; undefined for anything else. */
export function readString(value: string | undefined): string | undefined {
  if (value === undefined || !/^".*"$/.test(value)) return undefined;
  const inside = value.slice(1, -1);
  return inside.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/g, (_, hex: string | undefined, char: string) =>
    hex === undefined ? (escapes.get(char) ?? char) : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

const escapes: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

/** The names in `[a, b(sort: Desc)]`; empty for anything that is not a list. */
export function readNameList(value: string | undefined): readonly string[] {
  const list = /^\[(.*)\]$/.exec(value ?? '');
  if (list === null) return [];
  return list[1]!
    .replace(/\([^)]*\)/g, '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

/** The strings in `["a", "b"]`; empty for anything that is not a list. */
export function readStringList(value: string | undefined): readonly string[] {
  return [...(value ?? '').matchAll(/"(?:\\.|[^"\\])*"/g)].map((match) => readString(match[0]) ?? '');
}
