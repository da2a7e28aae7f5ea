import type { Command } from 'commander';
import type { AddCommand, RunCommand } from './command.ts';

interface Entry {
  /** The line of `--help`. */
  readonly summary: string;
  readonly load: () => Promise<AddCommand>;
}

/** Every command, in the order of `--help`; each is loaded when it is called for. */
const commands: Readonly<Record<string, Entry>> = {
  init: {
    summary: 'set an application up for backups',
    load: async () => (await import('./commands/init.ts')).addInit,
  },
  doctor: {
    summary: 'say whether everything is in place for backups and restores',
    load: async () => (await import('./commands/doctor.ts')).addDoctor,
  },
  backup: {
    summary: 'take a snapshot of the database, verified before it gets its name',
    load: async () => (await import('./commands/backup.ts')).addBackup,
  },
  list: {
    summary: 'show the snapshots in the backup folder',
    load: async () => (await import('./commands/list.ts')).addList,
  },
  show: {
    summary: 'show what a snapshot holds',
    load: async () => (await import('./commands/show.ts')).addShow,
  },
  validate: {
    summary: 'prove that a snapshot is good, or the data sound',
    load: async () => (await import('./commands/validate.ts')).addValidate,
  },
  restore: {
    summary: 'bring the rows of a snapshot back, all or nothing',
    load: async () => (await import('./commands/restore.ts')).addRestore,
  },
  drill: {
    summary: 'restore a snapshot on trial, and prove what came back',
    load: async () => (await import('./commands/drill.ts')).addDrill,
  },
  undo: {
    summary: 'bring back what the last restore replaced',
    load: async () => (await import('./commands/undo.ts')).addUndo,
  },
  auto: {
    summary: 'for cron: take the snapshot that is due, if one is, and clean up',
    load: async () => (await import('./commands/auto.ts')).addAuto,
  },
  schedule: {
    summary: 'have cron start holdfast auto every minute',
    load: async () => (await import('./commands/schedule.ts')).addSchedule,
  },
  cleanup: {
    summary: 'delete the snapshots that the policy no longer keeps',
    load: async () => (await import('./commands/cleanup.ts')).addCleanup,
  },
  pin: {
    summary: 'keep a snapshot for ever',
    load: async () => (await import('./commands/pin.ts')).addPin,
  },
  unpin: {
    summary: 'let the policy decide on a snapshot again',
    load: async () => (await import('./commands/unpin.ts')).addUnpin,
  },
  delete: {
    summary: 'delete one snapshot for good',
    load: async () => (await import('./commands/delete.ts')).addDelete,
  },
  health: {
    summary: 'say whether the backups can be relied on',
    load: async () => (await import('./commands/health.ts')).addHealth,
  },
  report: {
    summary: 'write a page and a JSON document on the data and its backups',
    load: async () => (await import('./commands/report.ts')).addReport,
  },
  history: {
    summary: 'show the runs that changed something',
    load: async () => (await import('./commands/history.ts')).addHistory,
  },
  notify: {
    summary: 'messages to the operator: webhook, mail, heartbeat',
    load: async () => (await import('./commands/notify.ts')).addNotify,
  },
  sync: {
    summary: 'compare the backup folder with its targets, and copy what is missing',
    load: async () => (await import('./commands/sync.ts')).addSync,
  },
  'verify-remote': {
    summary: 'read copies back from their targets, and check every byte',
    load: async () => (await import('./commands/verify-remote.ts')).addVerifyRemote,
  },
  drive: {
    summary: 'Google Drive: log in and out, look at the access, test it',
    load: async () => (await import('./commands/drive.ts')).addDrive,
  },
  keys: {
    summary: 'make and show the keys of encrypted snapshots',
    load: async () => (await import('./commands/keys.ts')).addKeys,
  },
  export: {
    summary: 'write the rows of a snapshot as CSV or NDJSON',
    load: async () => (await import('./commands/export.ts')).addExport,
  },
  'export-sql': {
    summary: "write a snapshot as SQL for the database's own client",
    load: async () => (await import('./commands/export-sql.ts')).addExportSql,
  },
  completion: {
    summary: 'let a shell complete commands, options and names of snapshots',
    load: async () => (await import('./commands/completion.ts')).addCompletion,
  },
};

/** What says something about the other commands has to know them all. */
const needingAll: ReadonlySet<string> = new Set(['completion']);
/** What needs no more of a command than its name and its summary. */
const needingNames: ReadonlySet<string | undefined> = new Set([undefined, '--help', '-h', '--version', '-V']);

/** Adds the command that the first word names; where it names none, all of them, in no more detail than it takes. */
export async function addCommands(
  program: Command,
  run: RunCommand,
  first: string | undefined,
): Promise<void> {
  const isOne = first !== undefined && !needingAll.has(first) && Object.hasOwn(commands, first);
  for (const [name, { summary, load }] of Object.entries(commands)) {
    if (isOne && name !== first) continue;
    if (needingNames.has(first)) {
      program.command(name).summary(summary);
    } else {
      (await load())(program, run);
      program.commands.at(-1)!.summary(summary);
    }
  }
}
