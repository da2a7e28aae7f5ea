import type { AddCommand } from './command.ts';

/** Every command, in the order of `--help`; each is loaded when it is called for. */
const commands: Readonly<Record<string, () => Promise<AddCommand>>> = {
  backup: async () => (await import('./commands/backup.ts')).addBackup,
  list: async () => (await import('./commands/list.ts')).addList,
  show: async () => (await import('./commands/show.ts')).addShow,
  validate: async () => (await import('./commands/validate.ts')).addValidate,
  restore: async () => (await import('./commands/restore.ts')).addRestore,
  undo: async () => (await import('./commands/undo.ts')).addUndo,
  auto: async () => (await import('./commands/auto.ts')).addAuto,
  cleanup: async () => (await import('./commands/cleanup.ts')).addCleanup,
  pin: async () => (await import('./commands/pin.ts')).addPin,
  unpin: async () => (await import('./commands/unpin.ts')).addUnpin,
  delete: async () => (await import('./commands/delete.ts')).addDelete,
  health: async () => (await import('./commands/health.ts')).addHealth,
  history: async () => (await import('./commands/history.ts')).addHistory,
  notify: async () => (await import('./commands/notify.ts')).addNotify,
  schedule: async () => (await import('./commands/schedule.ts')).addSchedule,
};

/** The command of that name alone, or all of them where the first word names none. */
export async function loadCommands(first: string | undefined): Promise<readonly AddCommand[]> {
  const one = first !== undefined && Object.hasOwn(commands, first) ? commands[first] : undefined;
  if (one !== undefined) return [await one()];
  return Promise.all(Object.values(commands).map((load) => load()));
}
