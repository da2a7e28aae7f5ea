import { AppError } from '../../errors.ts';
import type { Session } from './session.ts';

/**
 * A character set of one byte per character, as the server itself maps it. Bytes that stand for no character, or for
 * one that another byte has already, become U+F700 + byte, so that every stored byte has a text of its own.
 */
export interface SingleByteCharset {
  readonly name: string;
  /** The UTF-8 bytes of every stored byte. */
  readonly toUtf8: readonly Buffer[];
  /** The stored byte of every code point that the set has. */
  readonly toByte: ReadonlyMap<number, number>;
  /** What makes a string literal of stored bytes one of this character set. */
  readonly introducer: string;
}

const privateUse = 0xf700;
const replacement = 0xfffd;

/** Whether the server hands the stored bytes of such text out as UTF-8. */
export function isUtf8Charset(name: string): boolean {
  return name === 'utf8mb4' || name === 'utf8mb3' || name === 'utf8';
}

/**
 * The maps of those of the named character sets that have one byte per character and agree with ASCII. Text in other
 * sets (sjis, gbk, ucs2 …) has no map that is known to lead back to the same bytes.
 */
export async function readCharsets(
  session: Session,
  names: ReadonlySet<string>,
): Promise<Map<string, SingleByteCharset>> {
  const charsets = new Map<string, SingleByteCharset>();
  const wanted = [...names].filter((name) => /^[a-z0-9]+$/.test(name) && !isUtf8Charset(name));
  if (wanted.length === 0) return charsets;
  const rows = await session.query(
    'SELECT CHARACTER_SET_NAME, MAXLEN FROM information_schema.CHARACTER_SETS',
  );
  const singleByte = new Set(rows.filter(([, length]) => length === '1').map(([name]) => name));
  for (const name of wanted) {
    if (name === 'binary' || !singleByte.has(name)) continue;
    const charset = await readCharset(session, name);
    if (charset !== null) charsets.set(name, charset);
  }
  return charsets;
}

async function readCharset(session: Session, name: string): Promise<SingleByteCharset | null> {
  const allBytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)).toString('hex');
  const [row] = await session.query(
    `SELECT CONVERT(CONVERT(_binary x'${allBytes}' USING ${name}) USING utf8mb4)`,
  );
  const characters = [...(row?.[0] ?? '')].map((character) => character.codePointAt(0)!);
  if (characters.length !== 256) {
    throw new AppError('DATABASE.READ', `Cannot read the character set ${name}: the server does not map it`);
  }
  if (characters.slice(0, 128).some((character, byte) => character !== byte && name !== 'ascii')) return null;
  return mapCharset(name, characters);
}

function mapCharset(name: string, characters: readonly number[]): SingleByteCharset {
  const toByte = new Map<number, number>();
  const toUtf8: Buffer[] = [];
  for (const [byte, character] of characters.entries()) {
    const isTaken = character === replacement || toByte.has(character);
    const own = isTaken ? privateUse + byte : character;
    toByte.set(own, byte);
    toUtf8.push(Buffer.from(String.fromCodePoint(own), 'utf8'));
  }
  return { name, toUtf8, toByte, introducer: name === 'ascii' ? '_binary' : `_${name}` };
}
