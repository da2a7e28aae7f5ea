import type { SchemaFile } from './prisma-schema.ts';
import { maskText } from './schema-text.ts';

const kinds = ['model', 'view', 'enum', 'type', 'datasource', 'generator'] as const;
export type BlockKind = (typeof kinds)[number];

/** A line inside a block, without its comments. */
export interface SchemaLine {
  readonly code: string;
  /** The same line with blanks inside its quotes. */
  readonly structure: string;
  /** Counted from 0 in its file. */
  readonly index: number;
}

/** A top-level block. `firstLine` holds its keyword, `lastLine` its closing brace. */
export interface SchemaBlock {
  readonly kind: BlockKind;
  readonly name: string;
  readonly path: string;
  readonly firstLine: number;
  readonly lastLine: number;
  readonly lines: readonly SchemaLine[];
}

interface OpenBlock {
  kind: BlockKind;
  name: string;
  firstLine: number;
  depth: number;
  lines: SchemaLine[];
}

const headPattern = new RegExp(`^(\\s*(${kinds.join('|')})\\s+([\\p{L}\\p{N}_-]+)\\s*)\\{`, 'u');

/**
 * Splits a schema into its blocks, also one that Prisma's parser refuses. A block that is not closed ends where the
 * next one begins.
 */
export function scanBlocks(file: SchemaFile): readonly SchemaBlock[] {
  const { code, structure } = maskText(file.text);
  const codeLines = code.split('\n');
  const blocks: SchemaBlock[] = [];
  let open: OpenBlock | null = null;

  const close = (lastLine: number): void => {
    if (open === null) return;
    const { kind, name, firstLine, lines } = open;
    blocks.push({ kind, name, path: file.path, firstLine, lastLine, lines });
    open = null;
  };

  for (const [index, line] of structure.split('\n').entries()) {
    const head = headPattern.exec(line);
    if (head !== null) {
      close(index - 1);
      open = { kind: head[2] as BlockKind, name: head[3]!, firstLine: index, depth: 0, lines: [] };
    }
    if (open === null) continue;
    const from: number = head === null ? 0 : head[0].length;
    const end = endOfBlock(open, line, head === null ? 0 : head[1]!.length);
    const to = end ?? line.length;
    if (line.slice(from, to).trim() !== '') {
      open.lines.push({ code: codeLines[index]!.slice(from, to), structure: line.slice(from, to), index });
    }
    if (end !== null) close(index);
  }
  close(codeLines.length - 1);
  return blocks;
}

/** The offset of the brace that closes the block on this line, or null. */
function endOfBlock(open: OpenBlock, line: string, from: number): number | null {
  for (let at = from; at < line.length; at++) {
    if (line[at] === '{') open.depth++;
    if (line[at] === '}' && --open.depth === 0) return at;
  }
  return null;
}
