import { join } from 'node:path';
import { defineConfig } from 'prisma/config';

/** Where `npm run demo` leaves the shop's database when nothing else is asked. */
const demoFile = join(import.meta.dirname, '../../demo-data/stocktake.db');

export default defineConfig({
  schema: 'schema.prisma',
  migrations: { path: 'migrations' },
  datasource: { url: process.env['DATABASE_URL'] ?? `file:${demoFile}` },
});
