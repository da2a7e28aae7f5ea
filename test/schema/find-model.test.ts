import { describe, expect, it } from 'vitest';
import { findManyToMany, findModel, modelForName } from '../../src/schema/find-model.ts';
import { parsePrismaSchema } from '../../src/schema/parse-prisma-schema.ts';

const text = `datasource db {
  provider = "postgresql"
  schemas  = ["public", "shop", "old"]
}
model User {
  id    Int     @id
  teams Team[]
  @@map("users")
  @@schema("public")
}
model Team {
  id    Int    @id
  users User[]
  @@schema("public")
}
model Order {
  id Int @id
  @@map("orders")
  @@schema("shop")
}
model OldOrder {
  id Int @id
  @@map("orders")
  @@schema("old")
}
model orders {
  id Int @id
  @@map("order_view")
  @@schema("old")
}
`;
const schema = await parsePrismaSchema([{ path: 'schema.prisma', text }]);
const plain = await parsePrismaSchema([
  {
    path: 'schema.prisma',
    text: 'datasource db {\n  provider = "mysql"\n}\nmodel User {\n  id Int @id\n}\nmodel Tag {\n  id Int @id\n}\nmodel tag {\n  id Int @id\n}\n',
  },
]);

describe('findModel', () => {
  it.each([
    ['public', 'users', 'User'],
    ['shop', 'orders', 'Order'],
    ['old', 'orders', 'OldOrder'],
    ['old', 'order_view', 'orders'],
    ['shop', 'users', undefined],
    ['public', 'User', undefined],
    ['public', '_prisma_migrations', undefined],
  ])('knows the table %s.%s as %s', (namespace, name, expected) => {
    expect(findModel(schema, { schema: namespace, name })?.name).toBe(expected);
  });

  it('looks for a model without a schema in the default schema of the connection', () => {
    expect(findModel(plain, { schema: 'public', name: 'User' })?.name).toBe('User');
    expect(findModel(plain, { schema: 'tenant', name: 'User' })).toBeNull();
    expect(findModel(plain, { schema: 'tenant', name: 'User' }, 'tenant')?.name).toBe('User');
  });

  it('finds a table that a server without schemas keeps in lower case', () => {
    expect(findModel(plain, { schema: null, name: 'user' })?.name).toBe('User');
    expect(findModel(plain, { schema: null, name: 'TAG' })).toBeNull();
    expect(findModel(plain, { schema: null, name: 'tag' })?.name).toBe('tag');
  });
});

describe('findManyToMany', () => {
  it('knows the table that Prisma keeps without a model', () => {
    expect(findManyToMany(schema, { schema: 'public', name: '_TeamToUser' })?.a.model).toBe('Team');
    expect(findManyToMany(schema, { schema: 'shop', name: '_TeamToUser' })).toBeNull();
    expect(findModel(schema, { schema: 'public', name: '_TeamToUser' })).toBeNull();
  });
});

describe('modelForName', () => {
  it.each([
    ['User', 'User'],
    ['users', 'User'],
    ['public.users', 'User'],
    ['shop.orders', 'Order'],
    ['old.orders', 'OldOrder'],
    ['user', 'User'],
    ['ORDER', 'Order'],
    // The model of that name comes before the two tables of that name.
    ['orders', 'orders'],
    ['missing', undefined],
    ['', undefined],
  ])('takes %s for %s', (name, expected) => {
    expect(modelForName(schema, name)?.name).toBe(expected);
  });

  it('does not choose between models that differ in case only', () => {
    expect(modelForName(plain, 'TAG')).toBeNull();
    expect(modelForName(plain, 'tag')?.name).toBe('tag');
  });
});
