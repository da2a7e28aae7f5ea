import { checkOwner } from '../backup.ts';
import { checkMode, checkWritable } from '../health/folder-checks.ts';
import type { DoctorCheck } from './doctor-check.ts';

export const folderCheck: DoctorCheck = {
  name: 'folder',
  async run({ ports, readDatabase }) {
    const { folder } = ports;
    const state = await folder.examine();
    if (state === null) return { found: `${folder.path} is made by the first backup`, findings: [] };
    const facts = { folder: state, folderPath: folder.path };
    const database = await readDatabase().catch(() => null);
    if (database !== null) await checkOwner(ports, database.identity);
    return { found: folder.path, findings: [...checkWritable(facts), ...checkMode(facts)] };
  },
};
