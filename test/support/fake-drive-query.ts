import { type FakeFile, FakeRefusal } from './fake-drive-files.ts';

/** One condition of a search, such as `name = 'x'`. */
export interface Condition {
  readonly field: 'name' | 'mimeType' | 'parents' | 'trashed' | 'appProperties';
  readonly isNot: boolean;
  readonly value: string;
  /** Of a property of the application. */
  readonly key?: string;
}

const quoted = String.raw`'((?:\\.|[^'\\])*)'`;

const forms: readonly (readonly [RegExp, (match: RegExpExecArray) => Condition])[] = [
  [
    new RegExp(`^(name|mimeType) (!?=) ${quoted}`),
    (match) => ({ field: match[1] as 'name', isNot: match[2] === '!=', value: unquote(match[3]!) }),
  ],
  [
    new RegExp(`^${quoted} in parents`),
    (match) => ({ field: 'parents', isNot: false, value: unquote(match[1]!) }),
  ],
  [/^trashed = (true|false)/, (match) => ({ field: 'trashed', isNot: false, value: match[1]! })],
  [
    new RegExp(`^appProperties has \\{ key=${quoted} and value=${quoted} \\}`),
    (match) => ({ field: 'appProperties', isNot: false, key: unquote(match[1]!), value: unquote(match[2]!) }),
  ],
];

/** Conditions joined by `and`: the part of the language that is used here; anything else is refused as Drive would. */
export function parseQuery(text: string): readonly Condition[] {
  const conditions: Condition[] = [];
  let rest = text.trim();
  while (rest !== '') {
    const found = forms
      .map(([pattern, read]) => [pattern.exec(rest), read] as const)
      .find(([match]) => match !== null);
    if (found === undefined) throw new FakeRefusal(400, 'invalid', `Invalid Value: ${rest}`);
    conditions.push(found[1](found[0]!));
    rest = rest.slice(found[0]![0].length).trim();
    if (rest !== '' && !rest.startsWith('and '))
      throw new FakeRefusal(400, 'invalid', `Invalid Value: ${rest}`);
    rest = rest.slice('and '.length).trim();
  }
  return conditions;
}

export function matches(file: FakeFile, { field, isNot, value, key }: Condition): boolean {
  switch (field) {
    case 'parents':
      return file.parents.includes(value);
    case 'trashed':
      return String(file.trashed) === value;
    case 'appProperties':
      return file.appProperties[key!] === value;
    case 'name':
      // Without regard to case.
      return (file.name.toLowerCase() === value.toLowerCase()) !== isNot;
    default:
      return (file.mimeType === value) !== isNot;
  }
}

function unquote(text: string): string {
  return text.replace(/\\(.)/g, '$1');
}
