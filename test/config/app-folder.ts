import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadSettings } from '../../src/config/load-settings.ts';
import type { Settings, SettingsFlags } from '../../src/config/settings.ts';

const repositoryModules = path.resolve(import.meta.dirname, '../../node_modules');

/** An application in a folder of its own, which is removed with `remove`. */
export class AppFolder {
  readonly path: string;

  private constructor(folder: string) {
    this.path = folder;
  }

  static async create(files: Readonly<Record<string, string>> = {}): Promise<AppFolder> {
    const app = new AppFolder(await mkdtemp(path.join(tmpdir(), 'holdfast-config-')));
    for (const [name, text] of Object.entries(files)) await app.write(name, text);
    return app;
  }

  async write(name: string, text: string): Promise<string> {
    const file = path.join(this.path, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, text);
    return file;
  }

  /** Gives the application a Prisma of its own. */
  async installPrisma(): Promise<void> {
    await symlink(repositoryModules, path.join(this.path, 'node_modules'));
  }

  /** Settings as a command would load them in this folder; only the given environment is seen. */
  settings(env: Readonly<Record<string, string>> = {}, flags: SettingsFlags = {}): Promise<Settings> {
    return loadSettings({ cwd: this.path, env, flags });
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}
