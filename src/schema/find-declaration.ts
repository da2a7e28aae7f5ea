import type { SchemaFile } from './prisma-schema.ts';
import { scanBlocks } from './schema-block.ts';

/** A line of a schema file. */
export interface Declaration {
  readonly path: string;
  /** Counted from 1. */
  readonly line: number;
}

/** Where a model, or the first of these fields of it, is declared; null when the files do not know the model. */
export function findDeclaration(
  files: readonly SchemaFile[],
  { model, fields }: { readonly model: string; readonly fields: readonly string[] },
): Declaration | null {
  const blocks = files.flatMap(scanBlocks);
  const block = blocks.find(({ kind, name }) => (kind === 'model' || kind === 'view') && name === model);
  if (block === undefined) return null;
  const line = block.lines.find(({ structure }) => {
    const name = /^\s*([\p{L}\p{N}_-]+)\s/u.exec(structure)?.[1];
    return name !== undefined && fields.includes(name);
  });
  return { path: block.path, line: (line?.index ?? block.firstLine) + 1 };
}
