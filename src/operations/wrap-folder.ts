import type { BackupFolder } from '../ports/backup-folder.ts';

/** The same folder with some of its methods replaced. */
export function wrapFolder(folder: BackupFolder, changes: Partial<BackupFolder>): BackupFolder {
  return {
    path: folder.path,
    folderFor: (identity) => folder.folderFor(identity),
    exists: () => folder.exists(),
    list: (options) => folder.list(options),
    find: (reference) => folder.find(reference),
    owner: () => folder.owner(),
    freeBytes: () => folder.freeBytes(),
    createPartial: () => folder.createPartial(),
    saveSidecar: (snapshotPath, sidecar) => folder.saveSidecar(snapshotPath, sidecar),
    deleteSnapshot: (snapshotPath) => folder.deleteSnapshot(snapshotPath),
    examine: () => folder.examine(),
    readRuns: () => folder.readRuns(),
    writeRuns: (log) => folder.writeRuns(log),
    uploadMemory: (target, file) => folder.uploadMemory(target, file),
    readTargets: () => folder.readTargets(),
    writeTargets: (log) => folder.writeTargets(log),
    readLastRestore: () => folder.readLastRestore(),
    writeLastRestore: (record) => folder.writeLastRestore(record),
    removeLastRestore: () => folder.removeLastRestore(),
    lock: () => folder.lock(),
    ...changes,
  };
}
