import { countOf } from '../../util/bytes.ts';
import type { HealthFacts } from './facts.ts';
import { finding, type HealthFinding } from './health-finding.ts';

/** Needs only the facts about the folder itself. */
type FolderCheck = (facts: Pick<HealthFacts, 'folder' | 'folderPath'>) => readonly HealthFinding[];

export const checkWritable: FolderCheck = ({ folder, folderPath }) => {
  if (folder === null || folder.isWritable) return [];
  const message = `The backup folder ${folderPath} cannot be written to by this user`;
  const hint = 'Give this user the folder, or choose another one with BACKUP_DIR';
  return [finding({ check: 'folder.not-writable', severity: 'error', message, hint })];
};

export const checkMode: FolderCheck = ({ folder, folderPath }) => {
  if (folder === null) return [];
  const findings: HealthFinding[] = [];
  if (folder.isWritableByOthers) {
    const message = `Others than its owner may add and delete files in the backup folder ${folderPath}`;
    const hint = `chmod 700 ${folderPath}`;
    findings.push(finding({ check: 'folder.open', severity: 'error', message, hint }));
  }
  const { readableByOthers: names } = folder;
  if (names.length > 0) {
    const message = `Others than the owner can read ${countOf(names.length, 'snapshot')}, such as ${names[0]}`;
    const hint = `chmod 600 ${folderPath}/*.json*`;
    const samples = names.slice(0, 5);
    findings.push(
      finding({ check: 'folder.readable', severity: 'warning', count: names.length, samples, message, hint }),
    );
  }
  return findings;
};
