/**
 * What an application would have: its generated client with the driver adapter of its database.
 * PRISMA_CLIENT is the generated client, DATABASE_URL the database.
 */
import { pathToFileURL } from 'node:url';
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import { PrismaMariaDb } from '@prisma/adapter-mariadb';
import { PrismaPg } from '@prisma/adapter-pg';

const { DATABASE_URL: url, PRISMA_CLIENT: client } = process.env;

const adapters = {
  'postgresql:': () => new PrismaPg({ connectionString: url }),
  'mysql:': () => new PrismaMariaDb(url.replace('mysql:', 'mariadb:')),
  'file:': () => new PrismaBetterSqlite3({ url }),
};

export const { Prisma, PrismaClient } = (await import(pathToFileURL(client).href)).default;
export const prisma = new PrismaClient({ adapter: adapters[new URL(url).protocol]() });
export const models = ['customer', 'order', 'document'];
export const pageSize = 1000;
