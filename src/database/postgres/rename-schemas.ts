import type { SchemaStatement } from '../../snapshot/table.ts';

/** New names for schemas, by the old ones. */
export type SchemaNames = ReadonlyMap<string, string>;

/** A piece of SQL: a name, a text in quotes, or what stands between. */
interface Token {
  readonly text: string;
  /** The name without its quotes; null for anything else. */
  readonly name: string | null;
}

const tokenPattern =
  /"(?:[^"]|"")*"|[eE]'(?:[^'\\]|''|\\.)*'|'(?:[^']|'')*'|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*|\s+|\S/gs;

/**
 * The statements of a stored definition, for schemas of other names. The server has printed each name with its schema;
 * those that the statements do not make themselves, such as an extension's, stay what they are.
 */
export function renameSchemas(statements: readonly SchemaStatement[], names: SchemaNames): SchemaStatement[] {
  const own = new Set(statements.flatMap(({ sql }) => madeBy(tokensOf(sql))));
  return statements
    .filter(({ kind, name }) => kind !== 'schema' || !names.has(name))
    .map((statement) => ({ ...statement, sql: renameIn(statement.sql, { own, names }) }));
}

interface Renaming {
  readonly own: ReadonlySet<string>;
  readonly names: SchemaNames;
}

function renameIn(sql: string, renaming: Renaming): string {
  const tokens = tokensOf(sql);
  return tokens.map((_, at) => renameAt(tokens, at, renaming)).join('');
}

function renameAt(tokens: readonly Token[], at: number, renaming: Renaming): string {
  const { text, name } = tokens[at]!;
  if (name === null) return isRegclass(tokens, at) ? renameInText(text, renaming) : text;
  const isQualifier = tokens[at + 1]?.text === '.' && tokens[at - 1]?.text !== '.';
  const object = tokens[at + 2]?.name ?? null;
  const target = renaming.names.get(name);
  if (!isQualifier || target === undefined || object === null) return text;
  return renaming.own.has(idOf(name, object)) ? `"${target}"` : text;
}

/** `'public.orders_id_seq'::regclass` */
function isRegclass(tokens: readonly Token[], at: number): boolean {
  const isText = /^'/.test(tokens[at]!.text);
  const [first, second, type] = tokens.slice(at + 1, at + 4);
  return isText && first?.text === ':' && second?.text === ':' && type?.name === 'regclass';
}

function renameInText(text: string, renaming: Renaming): string {
  const inner = renameIn(text.slice(1, -1).replaceAll("''", "'"), renaming);
  return `'${inner.replaceAll("'", "''")}'`;
}

/** What a statement makes: behind CREATE and its kind stands the name, and behind SEQUENCE NAME that of a column's. */
function madeBy(tokens: readonly Token[]): string[] {
  const words = tokens.filter(({ text }) => text.trim() !== '');
  return words.flatMap(({ name }, at) => {
    const [dot, object] = [words[at + 1]?.text, words[at + 2]?.name ?? null];
    if (name === null || dot !== '.' || object === null) return [];
    const before = words.slice(Math.max(0, at - 2), at).map((word) => word.text);
    const isMade = at <= 3 && words[0]?.text === 'CREATE' && isKind(before.at(-1));
    const isNumbering = before.join(' ') === 'SEQUENCE NAME';
    return isMade || isNumbering ? [idOf(name, object)] : [];
  });
}

function isKind(word: string | undefined): boolean {
  return word !== undefined && /^(?:TABLE|TYPE|DOMAIN|SEQUENCE|COLLATION)$/.test(word);
}

function tokensOf(sql: string): Token[] {
  return (sql.match(tokenPattern) ?? []).map((text) => ({ text, name: nameOf(text) }));
}

function nameOf(text: string): string | null {
  if (text.startsWith('"')) return text.slice(1, -1).replaceAll('""', '"');
  return /^[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*$/.test(text) ? text : null;
}

function idOf(schema: string, object: string): string {
  return JSON.stringify([schema, object]);
}
