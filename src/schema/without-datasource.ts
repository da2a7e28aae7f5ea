import { maskUrls } from '../util/mask-url.ts';
import type { SchemaFile } from './prisma-schema.ts';
import { scanBlocks } from './schema-block.ts';
import { stripByteOrderMark } from './schema-text.ts';

/**
 * The schema's text for a snapshot: without its datasource block, and with the passwords of any other address in it
 * (such as in a comment) hidden. Several files follow one another, each under a comment with its path.
 */
export function withoutDatasource(files: readonly SchemaFile[]): string {
  const texts = files.map((file) => {
    const text = removeDatasource({ path: file.path, text: stripByteOrderMark(file.text) });
    return files.length === 1 ? text : `// ${file.path}\n${text}`;
  });
  return maskUrls(texts.join('\n'));
}

function removeDatasource(file: SchemaFile): string {
  const blocks = scanBlocks(file).filter(({ kind }) => kind === 'datasource');
  return file.text
    .split('\n')
    .filter((_, index) => !blocks.some((block) => index >= block.firstLine && index <= block.lastLine))
    .join('\n')
    .trimStart();
}
