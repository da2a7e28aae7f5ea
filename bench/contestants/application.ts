import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatPrismaSchema } from '../data/prisma-schema.ts';
import type { BenchDatabase } from './bench-database.ts';

/** Makes the application's folder, with what Holdfast looks for. */
export function writeApplication(database: BenchDatabase): void {
  const { engine, source, idKind, folder } = database;
  mkdirSync(join(folder, 'prisma'), { recursive: true });
  mkdirSync(backupFolder(folder), { recursive: true });
  writeFileSync(join(folder, 'prisma/schema.prisma'), formatPrismaSchema(engine.prisma, idKind));
  writeFileSync(join(folder, '.env'), `DATABASE_URL="${engine.url(source)}"\nBACKUP_MAX_BYTES=1TB\n`);
}

export function backupFolder(folder: string): string {
  return join(folder, 'backups');
}
