import { expect, it } from 'vitest';
import { withoutDatasource } from '../../src/schema/without-datasource.ts';

const model = 'model A {\n  id Int @id\n}\n';

it('takes the datasource out and leaves the rest', () => {
  const text = `datasource db {\n  provider = "postgresql"\n  url = "postgresql://u:secret@h/db"\n}\n\n${model}`;
  expect(withoutDatasource([{ path: 'schema.prisma', text }])).toBe(model);
});

it('takes a datasource out that stands on one line, or is not closed', () => {
  const oneLine = `datasource db { url = "postgresql://u:secret@h/db" }\n${model}`;
  expect(withoutDatasource([{ path: 'a', text: oneLine }])).toBe(model);
  const open = `datasource db {\n  url = "postgresql://u:secret@h/db"\n${model}`;
  expect(withoutDatasource([{ path: 'a', text: open }])).toBe(model);
});

it('hides passwords in comments', () => {
  const text = `// url = "postgresql://u:secret@h/db"\n${model}/* mysql://root:pa@ss/word@h:3306/db?x=1 */\n`;
  const result = withoutDatasource([{ path: 'a', text }]);
  expect(result).toBe(`// url = "postgresql://u:***@h/db"\n${model}/* mysql://root:***@h:3306/db?x=1 */\n`);
});

it('puts several files one after another, each under its path', () => {
  const files = [
    { path: 'schema/a.prisma', text: model },
    { path: 'schema/b.prisma', text: 'enum E {\n  X\n}\n' },
  ];
  expect(withoutDatasource(files)).toBe(
    `// schema/a.prisma\n${model}\n// schema/b.prisma\nenum E {\n  X\n}\n`,
  );
});
