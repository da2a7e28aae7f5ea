import { readdir, readFile, stat, statfs } from 'node:fs/promises';
import path from 'node:path';
import { systemCode } from '../errors.ts';
import type { Host } from '../ports/host.ts';
import { PartialFile } from '../util/atomic-file.ts';

export const systemHost: Host = {
  nodeVersion: process.versions.node,

  async freeBytes(place) {
    try {
      const { bavail, bsize } = await statfs(place);
      return bavail * bsize;
    } catch (error) {
      const parent = path.dirname(place);
      if (systemCode(error) !== 'ENOENT' || parent === place) throw error;
      return systemHost.freeBytes(parent);
    }
  },

  async fileTime(folder) {
    try {
      const file = await PartialFile.create(folder);
      try {
        return (await stat(file.path)).mtime;
      } finally {
        await file.discard();
      }
    } catch (error) {
      if (systemCode(error) === undefined) throw error;
      return null;
    }
  },

  async isCronRunning() {
    const processes = await readdir('/proc').catch(() => null);
    if (processes === null) return null;
    const names = await Promise.all(processes.filter((name) => /^\d+$/.test(name)).map(readName));
    return names.some((name) => /^(cron|crond|fcron|systemd-cron|supercronic)$/.test(name));
  },
};

/** The name of a process; empty when it has ended meanwhile. */
async function readName(id: string): Promise<string> {
  return (await readFile(`/proc/${id}/comm`, 'utf8').catch(() => '')).trim();
}
