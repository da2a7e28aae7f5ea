/** A small change of the program that makes it wrong. */
export interface Mutant {
  readonly file: string;
  readonly line: number;
  /** Where in the file's text. */
  readonly start: number;
  readonly from: string;
  readonly to: string;
}

/** What is replaced by what; the first group, where there is one, is what is replaced. */
const operators: readonly (readonly [RegExp, string])[] = [
  [/ (===) /g, '!=='],
  [/ (!==) /g, '==='],
  [/ (<=) /g, '<'],
  [/ (>=) /g, '>'],
  [/ (<) (?=[\w(])/g, '<='],
  [/(?<![=])(?<= )(>) (?=[\w(])/g, '>='],
  [/ (&&) /g, '||'],
  [/ (\|\|) /g, '&&'],
  [/ (\?\?) /g, '&&'],
  [/ (\+) 1\b/g, '-'],
  [/ (-) (?=\d)/g, '+'],
  [/\b(true)\b/g, 'false'],
  [/\b(false)\b/g, 'true'],
  [/return (null);/g, 'undefined'],
  [/\.(some)\(/g, 'every'],
  [/\.(every)\(/g, 'some'],
  [/\bif \((!)/g, ''],
  [/ (continue);/g, 'break'],
  [/\b(Math\.min)\(/g, 'Math.max'],
  [/\b(Math\.max)\(/g, 'Math.min'],
];

/** Every place of a file where one of the operators fits, outside of comments, types, imports and messages. */
export function findMutants(file: string, text: string): readonly Mutant[] {
  const mutants: Mutant[] = [];
  let offset = 0;
  for (const [index, line] of text.split('\n').entries()) {
    if (isCode(line))
      mutants.push(
        ...mutantsOf(line).map((one) => ({ ...one, file, line: index + 1, start: offset + one.start })),
      );
    offset += line.length + 1;
  }
  return mutants;
}

function mutantsOf(line: string): readonly Pick<Mutant, 'start' | 'from' | 'to'>[] {
  const code = line
    .replace(/'[^']*'|`[^`]*`/g, (literal) => ' '.repeat(literal.length))
    .replace(/\/\/.*$/, '');
  return operators.flatMap(([pattern, to]) =>
    [...code.matchAll(pattern)].map((match) => {
      const from = match[1]!;
      return { start: match.index + match[0].indexOf(from), from, to };
    }),
  );
}

function isCode(line: string): boolean {
  if (/^\s*(\/\/|\/?\*|import |export type |type |interface |readonly |\| )/.test(line)) return false;
  return !/^\s*(export )?(interface|type) /.test(line);
}

export function applyMutant(text: string, { start, from, to }: Mutant): string {
  if (text.slice(start, start + from.length) !== from) throw new Error('the mutant does not fit its file');
  return text.slice(0, start) + to + text.slice(start + from.length);
}
