import type { AddCommand } from './command.ts';
import { addBackup } from './commands/backup.ts';
import { addList } from './commands/list.ts';
import { addRestore } from './commands/restore.ts';
import { addShow } from './commands/show.ts';
import { addUndo } from './commands/undo.ts';
import { addValidate } from './commands/validate.ts';

/** Every command, in the order of `--help`. */
export const commands: readonly AddCommand[] = [
  addBackup,
  addList,
  addShow,
  addValidate,
  addRestore,
  addUndo,
];
