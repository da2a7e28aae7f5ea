import { RuleFault } from './rule-error.ts';

export type TokenKind = 'name' | 'number' | 'text' | 'symbol' | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** Names, numbers and symbols as written; of a text what stands between its quotes. */
  readonly text: string;
  readonly at: number;
  readonly end: number;
}

const patterns: readonly (readonly [TokenKind | 'space', RegExp])[] = [
  ['space', /\s+/y],
  ['name', /[\p{L}_][\p{L}\p{N}_]*/uy],
  ['number', /\d+(?:\.\d+)?(?![\p{L}\p{N}_])/uy],
  ['text', /'(?:[^']|'')*'|"(?:[^"]|"")*"/y],
  ['symbol', /<=|>=|<>|!=|==|[-+*/=<>().,:]/y],
];

/** @throws RuleFault for a character that no token begins with, and a text that does not end */
export function readTokens(rule: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < rule.length; ) {
    const token = readToken(rule, at);
    if (token === null) throw strangeCharacter(rule, at);
    if (token.kind !== 'space') tokens.push({ ...token, kind: token.kind });
    at = token.end;
  }
  return [...tokens, { kind: 'end', text: '', at: rule.length, end: rule.length }];
}

function readToken(
  rule: string,
  at: number,
): (Omit<Token, 'kind'> & { readonly kind: TokenKind | 'space' }) | null {
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = at;
    const found = pattern.exec(rule)?.[0];
    if (found === undefined) continue;
    return { kind, text: kind === 'text' ? unquote(found) : found, at, end: at + found.length };
  }
  return null;
}

function unquote(quoted: string): string {
  const quote = quoted[0]!;
  return quoted.slice(1, -1).replaceAll(quote + quote, quote);
}

function strangeCharacter(rule: string, at: number): RuleFault {
  if (rule[at] === "'" || rule[at] === '"') return new RuleFault('this text has no end', at, rule.length);
  if (/\d/.test(rule[at]!)) return new RuleFault('this is no number', at);
  return new RuleFault(`no rule holds the character ${JSON.stringify(rule[at])}`, at);
}
