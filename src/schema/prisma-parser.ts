import { describeError } from '../errors.ts';
import type { Datamodel } from './datamodel.ts';
import { prepareForParser } from './parser-input.ts';
import type { SchemaFile } from './prisma-schema.ts';
import type { SchemaBlock } from './schema-block.ts';

/** The parser's answer, or the first reason why it gave none. */
export type ParserAnswer =
  | { readonly datamodel: Datamodel; readonly reason: null }
  | { readonly datamodel: null; readonly reason: string };

/** Runs Prisma's own parser, which is loaded here and nowhere else: it costs about 30 ms. */
export async function runPrismaParser(
  files: readonly SchemaFile[],
  blocks: readonly SchemaBlock[],
): Promise<ParserAnswer> {
  try {
    const { default: parser } = await import('@prisma/prisma-schema-wasm');
    const previewFeatures = JSON.parse(parser.preview_features()) as readonly string[];
    const prismaSchema = prepareForParser(files, blocks, previewFeatures);
    return { datamodel: JSON.parse(parser.get_datamodel(JSON.stringify({ prismaSchema }))), reason: null };
  } catch (error) {
    return { datamodel: null, reason: firstReason(describeError(error)) };
  }
}

/** One line from the parser's message: `prisma/schema.prisma:12: This line is not a valid field …`. */
function firstReason(message: string): string {
  const text = parserMessage(message).replace(/\u001b\[[0-9;]*m/g, '');
  const reason = /error: (?:Error validating[^:]*: )?(.*)/.exec(text)?.[1] ?? text.split('\n')[0]!;
  const place = /-->\s*(.+:\d+)/.exec(text)?.[1];
  const sentence = reason.replace(/\.$/, '');
  return place === undefined ? sentence : `${place}: ${sentence}`;
}

function parserMessage(message: string): string {
  if (!message.startsWith('{')) return message;
  const answer = JSON.parse(message) as { readonly message?: unknown };
  return typeof answer.message === 'string' ? answer.message : message;
}
