/** Where a member of a JSON object stands in its text: `start` at its key, `end` behind its value. */
export interface JsonMember {
  readonly key: string;
  readonly start: number;
  readonly valueStart: number;
  readonly end: number;
}

/** The members of the object whose `{` is at `open`, in text that is known to be JSON. */
export function membersAt(text: string, open: number): readonly JsonMember[] {
  const members: JsonMember[] = [];
  let at = skipSpace(text, open + 1);
  while (text[at] !== '}') {
    const keyEnd = endOfValue(text, at);
    const valueStart = skipSpace(text, skipSpace(text, keyEnd) + 1);
    const end = endOfValue(text, valueStart);
    members.push({ key: JSON.parse(text.slice(at, keyEnd)) as string, start: at, valueStart, end });
    at = skipSpace(text, end);
    if (text[at] === ',') at = skipSpace(text, at + 1);
  }
  return members;
}

export interface ObjectEdit {
  /** Where the `{` of the object is. */
  readonly open: number;
  /** Keys, and their values as JSON text. */
  readonly add: readonly (readonly [key: string, json: string])[];
  /** What stands before a member of an object in this text: a line break and its indent. */
  readonly separator: string;
  /** What stands before the `}` of an object that had no members. */
  readonly closing: string;
}

/** The text with members added at the end of an object; everything else stays byte for byte. */
export function addMembers(text: string, { open, add, separator, closing }: ObjectEdit): string {
  const last = membersAt(text, open).at(-1);
  const added = add.map(([key, json]) => `${separator}${JSON.stringify(key)}: ${json}`).join(',');
  if (last !== undefined) return `${text.slice(0, last.end)},${added}${text.slice(last.end)}`;
  const close = skipSpace(text, open + 1);
  return `${text.slice(0, open + 1)}${added}${closing}${text.slice(close)}`;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && ' \t\r\n\uFEFF'.includes(text[at]!)) at++;
  return at;
}

function endOfValue(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const letter = text[at]!;
    if (letter === '"') at = endOfString(text, at) - 1;
    else if ('{['.includes(letter)) depth++;
    else if ('}]'.includes(letter)) depth--;
    const isEnd = depth === 0 && !/[\w.+-]/.test(text[at + 1] ?? '');
    if (isEnd) return at + 1;
  }
  return text.length;
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}
