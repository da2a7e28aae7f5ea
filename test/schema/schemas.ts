import type { SchemaFile } from '../../src/schema/prisma-schema.ts';

export interface SchemaSample {
  readonly title: string;
  readonly files: readonly SchemaFile[];
}

function sample(title: string, ...texts: readonly string[]): SchemaSample {
  const files = texts.map((text, index) => ({
    path: texts.length === 1 ? 'prisma/schema.prisma' : `prisma/schema/${index}.prisma`,
    text,
  }));
  return { title, files };
}

const sqlite = 'datasource db {\n  provider = "sqlite"\n}\n';
const postgres = 'datasource db {\n  provider = "postgresql"\n}\n';

/** Schemas of the kinds of Prisma 5, 6 and 7 that Prisma's parser accepts once they are prepared. */
export const validSchemas: readonly SchemaSample[] = [
  sample(
    'of Prisma 5 with addresses, preview features and a view',
    `generator client {
  provider        = "prisma-client-js"
  previewFeatures = ["views", "fullTextSearch", "tracing", "multiSchema"]
  binaryTargets   = ["native", "debian-openssl-1.1.x"]
}

datasource db {
  provider          = "postgresql"
  url               = env("DATABASE_URL") // with url = "x"
  directUrl         = env("DIRECT_URL")
  shadowDatabaseUrl = env("SHADOW")
}

model User {
  id    Int     @id @default(autoincrement())
  email String  @unique @db.VarChar(320)
  posts Post[]
}

model Post {
  id        Int      @id
  author    User?    @relation(fields: [authorId], references: [id], onDelete: SetNull)
  authorId  Int?     @map("author_id")
  createdAt DateTime @default(now()) @map("created_at")
  touched   DateTime @updatedAt

  @@map("posts")
  @@index([authorId])
}

view Report {
  id    Int    @unique
  title String
}
`,
  ),
  sample(
    'of Prisma 6 with the new generator and a literal address',
    `generator client {
  provider = "prisma-client"
  output   = "../generated"
}
datasource db {
  provider = "sqlite"
  url      = "file:./dev.db"
}
model Note {
  id   BigInt @id
  body String @default("not a comment: // } and \\"quoted\\"")
  size Float?
  raw  Bytes
}
`,
  ),
  sample('of Prisma 7 without an address', `${sqlite}model Note {\n  id Int @id\n}\n`),
  sample(
    'with Windows line ends',
    `${sqlite}model Note {\n  id Int @id\n  text String?\n}\n`.replaceAll('\n', '\r\n'),
  ),
  sample('with a byte order mark', `\uFEFF${sqlite}model Note {\n  id Int @id\n}\n`),
  sample(
    'with comments that look like blocks',
    `${sqlite}/* model Old {
  id Int @id
} */
// model Older {
//   id Int @id
// }
/// A note.
model Note { // model Inner {
  id  Int @id // @map("wrong")
  /// author Author
  url String @default("http://example.com/*x*/")
}
`,
  ),
  sample(
    'in several files',
    'generator client {\n  provider = "prisma-client-js"\n}\n',
    postgres,
    'model Author {\n  id Int @id\n  books Book[]\n}\n',
    'model Book {\n  id Int @id\n  author Author @relation(fields: [authorId], references: [id])\n  authorId Int\n}\n',
  ),
  sample(
    'with several database schemas',
    `datasource db {
  provider = "postgresql"
  schemas  = ["auth", "shop"]
}
enum Role {
  ADMIN @map("admin")
  CLERK
  @@map("roles")
  @@schema("auth")
}
model User {
  id     Int    @id
  role   Role   @default(CLERK)
  roles  Role[]
  orders Order[]
  @@map("users")
  @@schema("auth")
}
model Order {
  id     Int  @id
  buyer  User @relation(fields: [buyerId], references: [id])
  buyerId Int @map("buyer_id")
  tags   Tag[]
  @@map("orders")
  @@schema("shop")
}
model Tag {
  id     Int     @id
  orders Order[]
  @@schema("auth")
}
`,
  ),
  sample(
    'with self relations',
    `${postgres}model Person {
  id        Int      @id
  parent    Person?  @relation("Family", fields: [parentId], references: [id])
  parentId  Int?     @map("parent_id")
  children  Person[] @relation("Family")
  friends   Person[] @relation(name: "Friends")
  friendsOf Person[] @relation(name: "Friends")
}
`,
  ),
  sample(
    'with composite keys',
    `${postgres}model Line {
  orderId Int @map("order_id")
  number  Int
  code    String
  parts   Part[]
  @@id([orderId, number], name: "line", map: "line_pk")
  @@unique([code, number(sort: Desc)])
  @@unique(fields: [code, orderId], map: "code_order")
}
model Part {
  id      Int @id
  line    Line @relation(fields: [lineOrder, lineNumber], references: [orderId, number])
  lineOrder Int @map("line_order")
  lineNumber Int
}
`,
  ),
  sample(
    'with keys and unique indexes stated twice or for one field',
    `${postgres}model A {
  id   Int    @id @unique
  code String
  bs   B[]
  @@unique([code])
}
model B {
  x   Int
  y   Int  @unique
  aId String?
  a   A?      @relation(fields: [aId], references: [code])
  @@id([x])
  @@unique([y], map: "other")
}
`,
  ),
  sample(
    'with what Prisma Client leaves out',
    `${postgres}model Film {
  id       Int                      @id
  fulltext Unsupported("tsvector")  @map("full_text")
  place    Unsupported("geometry(Point, 4326)")?
  secret   String?                  @ignore
  logs     Log[]                    @ignore
}
model Log {
  at     DateTime @default(dbgenerated("CURRENT_TIMESTAMP"))
  film   Film     @relation(fields: [filmId], references: [id])
  filmId Int      @map("film_id")
  @@map("log")
  @@ignore
}
`,
  ),
  sample(
    'with relationMode = "prisma"',
    `datasource db {
  provider     = "mysql"
  relationMode = "prisma"
}
model A {
  id Int @id @db.UnsignedInt
  bs B[]
}
model B {
  id  Int @id
  a   A   @relation(fields: [aId], references: [id])
  aId Int @db.UnsignedInt
  @@index([aId])
}
`,
  ),
  sample(
    'with two many-to-many relations of one name',
    `${postgres}model C {
  id   String @id
  as   A[]    @relation("rel")
}
model A {
  id Int @id
  cs C[] @relation("rel")
  bs B[]
}
model B {
  id Int @id
  as A[]
}
`,
  ),
];

/** Schemas that Prisma's parser refuses, with the models that are read all the same. */
export const refusedSchemas: readonly (SchemaSample & { readonly models: readonly string[] })[] = [
  {
    ...sample('with an unknown attribute', `${sqlite}model A {\n  id Int @id @nonsense\n}\n`),
    models: ['A'],
  },
  {
    ...sample(
      'with a block that is not closed',
      `${sqlite}model A {\n  id Int @id\nmodel B {\n  id Int @id\n}\n`,
    ),
    models: ['A', 'B'],
  },
  {
    ...sample(
      'with a string that is not closed',
      `${sqlite}model A {\n  id Int @id\n  s String @default("x)\n}\nmodel B {\n  id Int @id\n}\n`,
    ),
    models: ['A', 'B'],
  },
  {
    ...sample('with a type that does not exist', `${sqlite}model A {\n  id Int @id\n  b Missing\n}\n`),
    models: ['A'],
  },
  { ...sample('that is prose', 'This is not a schema { at all }\n'), models: [] },
  { ...sample('that is cut off', `${sqlite}model A {\n  id Int @id\n  name Str`), models: ['A'] },
];
