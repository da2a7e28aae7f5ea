import { join } from 'node:path';
import { defineConfig } from 'prisma/config';

/** For `prisma studio` and `prisma migrate` on a history file; Holdfast itself opens it without this. */
const historyFile =
  process.env['HOLDFAST_HISTORY_PATH'] ?? join(import.meta.dirname, '../backups/history.db');

export default defineConfig({
  schema: 'schema.prisma',
  migrations: { path: 'migrations' },
  datasource: { url: `file:${historyFile}` },
});
