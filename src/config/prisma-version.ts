import { createRequire } from 'node:module';
import path from 'node:path';
import { readTextFile } from './env-file.ts';

/** The version of the Prisma that the application has installed; null when there is none. */
export async function readPrismaVersion(appFolder: string): Promise<string | null> {
  const fromApp = createRequire(path.join(appFolder, 'package.json'));
  for (const name of ['@prisma/client', 'prisma']) {
    const version = await readVersion(fromApp, name);
    if (version !== null) return version;
  }
  return null;
}

async function readVersion(fromApp: NodeJS.Require, name: string): Promise<string | null> {
  try {
    const manifest = fromApp.resolve(`${name}/package.json`);
    const { version } = JSON.parse((await readTextFile(manifest, manifest)) ?? '{}') as { version?: unknown };
    return typeof version === 'string' ? version : null;
  } catch {
    // Not installed, or not as a package should be: another one may say.
    return null;
  }
}
