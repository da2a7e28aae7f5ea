import type { ComparisonOperator } from '../../ports/check-query.ts';
import { RuleFault, unknownName } from './rule-error.ts';
import type { AggregateName, Name, ParsedRule, RuleCondition, RuleValue } from './rule-tree.ts';
import { TokenCursor } from './token-cursor.ts';
import type { Token } from './tokens.ts';

const operators: Readonly<Record<string, ComparisonOperator>> = {
  '=': '=',
  '==': '=',
  '!=': '<>',
  '<>': '<>',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
};
const aggregates: readonly string[] = ['sum', 'count', 'min', 'max'];
const functions = [...aggregates, 'now'];
/** Words that end a value, so that no field of such a name can stand alone there. */
const keywords = new Set([
  'and',
  'or',
  'not',
  'is',
  'null',
  'in',
  'where',
  'with',
  'tolerance',
  'true',
  'false',
]);
/** More would only be a way to exhaust the stack. */
const maxDepth = 100;

/**
 * Reads a business rule.
 *
 *     rule       := [Model ':'] condition ['where' condition] ['with' 'tolerance' number]
 *     condition  := and {'or' and};  and := not {'and' not};  not := ['not'] (comparison | '(' condition ')')
 *     comparison := value (operator value | 'is' ['not'] 'null' | ['not'] 'in' '(' constant {',' constant} ')')
 *     value      := term {('+' | '-') term};  term := factor {'*' factor}
 *     factor     := number | text | 'true' | 'false' | 'now()' | path | '-' factor | '(' value ')'
 *                 | ('sum' | 'count' | 'min' | 'max') '(' value ['where' condition] ')'
 *
 * @throws RuleFault
 */
export function parseRule(rule: string): ParsedRule {
  return new Parser(new TokenCursor(rule)).rule();
}

class Parser {
  readonly #cursor: TokenCursor;
  #depth = 0;
  /** The fault that was met furthest to the right: of two ways to read something, it is the one that was meant. */
  #furthest: RuleFault | null = null;

  constructor(cursor: TokenCursor) {
    this.#cursor = cursor;
  }

  rule(): ParsedRule {
    const model = this.#model();
    const condition = this.#condition();
    const where = this.#cursor.takeWord('where') ? this.#condition() : null;
    const tolerance = this.#cursor.takeWord('with') ? this.#tolerance() : null;
    const { kind, text } = this.#cursor.peek();
    if (kind !== 'end')
      throw this.#cursor.fault(`expected the end of the rule, found ${JSON.stringify(text)}`);
    return { model, condition, where, tolerance };
  }

  #model(): Name | null {
    const [first, second] = [this.#cursor.peek(), this.#cursor.peek(1)];
    if (first.kind !== 'name' || second.text !== ':') return null;
    this.#cursor.position = 2;
    return { name: first.text, at: first.at, end: first.end };
  }

  #tolerance(): string {
    if (!this.#cursor.takeWord('tolerance')) throw this.#cursor.fault("expected 'tolerance' and a number");
    const token = this.#cursor.peek();
    if (token.kind !== 'number') throw this.#cursor.fault('expected a number such as 0.01');
    this.#cursor.position++;
    return token.text;
  }

  #condition(): RuleCondition {
    return this.#deeper(() => {
      let left = this.#conjunction();
      while (this.#cursor.takeWord('or')) {
        const right = this.#conjunction();
        left = { is: 'or', left, right, at: left.at, end: right.end };
      }
      return left;
    });
  }

  #conjunction(): RuleCondition {
    let left = this.#negation();
    while (this.#cursor.takeWord('and')) {
      const right = this.#negation();
      left = { is: 'and', left, right, at: left.at, end: right.end };
    }
    return left;
  }

  #negation(): RuleCondition {
    const { at, text } = this.#cursor.peek();
    if (this.#cursor.takeWord('not')) {
      const condition = this.#deeper(() => this.#negation());
      return { is: 'not', condition, at, end: condition.end };
    }
    if (text !== '(') return this.#comparison();
    // A bracket may hold a condition, or be the beginning of a value.
    const start = this.#cursor.position;
    try {
      return this.#comparison();
    } catch (error) {
      if (!(error instanceof RuleFault)) throw error;
      this.#note(error);
      this.#cursor.position = start + 1;
    }
    try {
      const condition = this.#condition();
      this.#cursor.expect(')');
      return condition;
    } catch (error) {
      if (error instanceof RuleFault) throw this.#note(error);
      throw error;
    }
  }

  #comparison(): RuleCondition {
    const left = this.#value();
    const token = this.#cursor.peek();
    const operator = token.kind === 'symbol' ? operators[token.text] : undefined;
    if (operator !== undefined) {
      this.#cursor.position++;
      const right = this.#value();
      return { is: 'comparison', operator, left, right, at: left.at, end: right.end };
    }
    if (this.#cursor.takeWord('is')) {
      const isNegated = this.#cursor.takeWord('not');
      if (!this.#cursor.takeWord('null')) throw this.#cursor.fault("expected 'null'");
      return { is: 'null', value: left, isNegated, at: left.at, end: this.#cursor.peek(-1).end };
    }
    const isNegated = this.#cursor.takeWord('not');
    if (this.#cursor.takeWord('in')) return this.#list(left, isNegated);
    throw this.#cursor.fault("expected a comparison: =, <>, <, <=, >, >=, 'in (…)' or 'is null'");
  }

  #list(value: RuleValue, isNegated: boolean): RuleCondition {
    this.#cursor.expect('(');
    const options = [this.#value()];
    while (this.#cursor.takeSymbol(',')) options.push(this.#value());
    const end = this.#cursor.expect(')').end;
    return { is: 'in', value, options, isNegated, at: value.at, end };
  }

  #value(): RuleValue {
    return this.#deeper(() => {
      let left = this.#term();
      for (;;) {
        const operator = this.#cursor.peek().text;
        if (this.#cursor.peek().kind !== 'symbol' || (operator !== '+' && operator !== '-')) return left;
        this.#cursor.position++;
        const right = this.#term();
        left = { is: 'arithmetic', operator, left, right, at: left.at, end: right.end };
      }
    });
  }

  #term(): RuleValue {
    let left = this.#factor();
    for (;;) {
      const token = this.#cursor.peek();
      if (token.kind === 'symbol' && token.text === '/') {
        throw new RuleFault('a quotient is not exact; multiply the other side instead', token.at);
      }
      if (!this.#cursor.takeSymbol('*')) return left;
      const right = this.#factor();
      left = { is: 'arithmetic', operator: '*', left, right, at: left.at, end: right.end };
    }
  }

  #factor(): RuleValue {
    const token = this.#cursor.peek();
    const { at, end, text } = token;
    if (token.kind === 'number') {
      this.#cursor.position++;
      return { is: 'number', digits: text, at, end };
    }
    if (token.kind === 'text') {
      this.#cursor.position++;
      return { is: 'text', text, at, end };
    }
    if (this.#cursor.takeSymbol('-')) return this.#negative(at);
    if (this.#cursor.takeSymbol('(')) {
      const inner = this.#value();
      this.#cursor.expect(')');
      return inner;
    }
    if (token.kind !== 'name') {
      throw this.#cursor.fault(
        text === ''
          ? 'the rule ends where a value should stand'
          : `expected a value, found ${JSON.stringify(text)}`,
      );
    }
    return this.#named(token);
  }

  #negative(at: number): RuleValue {
    const right = this.#deeper(() => this.#factor());
    const zero: RuleValue = { is: 'number', digits: '0', at, end: at };
    return { is: 'arithmetic', operator: '-', left: zero, right, at, end: right.end };
  }

  #named({ text, at, end }: Token): RuleValue {
    const word = text.toLowerCase();
    if (this.#cursor.peek(1).text === '(') return this.#call();
    if (word === 'true' || word === 'false') {
      this.#cursor.position++;
      return { is: 'boolean', value: word === 'true', at, end };
    }
    if (keywords.has(word) && this.#cursor.peek(1).text !== '.') {
      throw this.#cursor.fault(`expected a value, found the word '${text}'`);
    }
    return this.#path();
  }

  #call(): RuleValue {
    const token = this.#cursor.peek();
    const name = token.text.toLowerCase();
    if (!functions.includes(name)) {
      throw unknownName('there is no function', { name: token.text, at: token.at }, functions);
    }
    this.#cursor.position += 2;
    if (name === 'now') {
      const { end } = this.#cursor.expect(')');
      return { is: 'now', at: token.at, end };
    }
    const value = this.#value();
    const where = this.#cursor.takeWord('where') ? this.#condition() : null;
    const { end } = this.#cursor.expect(')');
    return { is: 'aggregate', function: name as AggregateName, value, where, at: token.at, end };
  }

  #path(): RuleValue {
    const names: Name[] = [this.#name()];
    while (this.#cursor.takeSymbol('.')) names.push(this.#name());
    return { is: 'path', names, at: names[0]!.at, end: names.at(-1)!.end };
  }

  #name(): Name {
    const { kind, text, at, end } = this.#cursor.peek();
    if (kind !== 'name') throw this.#cursor.fault('expected the name of a field');
    this.#cursor.position++;
    return { name: text, at, end };
  }

  #note(fault: RuleFault): RuleFault {
    if (this.#furthest === null || fault.at >= this.#furthest.at) this.#furthest = fault;
    return this.#furthest;
  }

  #deeper<T>(read: () => T): T {
    if (++this.#depth > maxDepth) throw this.#cursor.fault('the rule is nested too deeply');
    try {
      return read();
    } finally {
      this.#depth--;
    }
  }
}
