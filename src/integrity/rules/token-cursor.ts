import { RuleFault } from './rule-error.ts';
import { readTokens, type Token } from './tokens.ts';

/** A place between the tokens of a rule. */
export class TokenCursor {
  readonly #tokens: readonly Token[];
  /** How many tokens are read. */
  position = 0;

  constructor(rule: string) {
    this.#tokens = readTokens(rule);
  }

  /** The next token, or the one so many behind it; behind the end there are only ends. */
  peek(ahead = 0): Token {
    return this.#tokens[this.position + ahead] ?? this.#tokens.at(-1)!;
  }

  /** Reads the word, in upper or lower case, where it comes next. */
  takeWord(word: string): boolean {
    const { kind, text } = this.peek();
    if (kind !== 'name' || text.toLowerCase() !== word) return false;
    this.position++;
    return true;
  }

  takeSymbol(symbol: string): boolean {
    const { kind, text } = this.peek();
    if (kind !== 'symbol' || text !== symbol) return false;
    this.position++;
    return true;
  }

  /** @throws RuleFault when something else comes next */
  expect(symbol: string): Token {
    const token = this.peek();
    if (!this.takeSymbol(symbol)) {
      const found = token.kind === 'end' ? 'the rule ends' : `found ${JSON.stringify(token.text)}`;
      throw this.fault(`expected '${symbol}', ${found}`);
    }
    return token;
  }

  /** A fault at the next token. */
  fault(message: string): RuleFault {
    const { at, end } = this.peek();
    return new RuleFault(message, at, end);
  }
}
