import { realpathSync } from 'node:fs';
import path from 'node:path';
import { InternalError, systemCode } from '../../errors.ts';
import type {
  Database,
  DatabaseFile,
  DatabaseIdentity,
  DatabaseTarget,
  Engine,
} from '../../ports/database.ts';
import { removeFolder } from '../../util/temp-folder.ts';
import { compileCheck } from '../check-sql.ts';
import { plainDialect } from './check-dialect.ts';
import { examineAccess } from './examine-access.ts';
import { SqliteFile } from './file.ts';
import { tryNextIds } from './next-id-trial.ts';
import { type OpenedFile, openFile } from './open-file.ts';
import { copyRawFiles } from './raw-copy.ts';
import { openRestore } from './restore.ts';
import { openSnapshot } from './snapshot.ts';
import { notWritable } from './sqlite-errors.ts';

/** SQLite database files. */
export const sqliteEngine: Engine = {
  provider: 'sqlite',

  identify(target) {
    return { provider: 'sqlite', host: null, name: resolveLinks(fileOf(target)) };
  },

  async open(target, options) {
    options.signal?.throwIfAborted();
    const file = resolveLinks(fileOf(target));
    return new SqliteDatabase(await openFile(target, file, options), file);
  },

  async copyRaw(target, { folder, ...copy }) {
    return copyRawFiles(resolveLinks(fileOf(target)), folder, { ...copy, withIndex: true });
  },

  describeCheck: (query) => `${compileCheck(query, plainDialect).rows};`,
};

class SqliteDatabase implements Database {
  readonly identity: DatabaseIdentity;
  readonly confirmName: string;
  readonly #opened: OpenedFile;

  constructor(opened: OpenedFile, file: string) {
    this.identity = { provider: 'sqlite', host: null, name: file };
    this.confirmName = path.basename(file);
    this.#opened = opened;
  }

  get file(): DatabaseFile {
    return new SqliteFile(this.#opened.connection, { isWritable: this.#opened.copyFolder === null });
  }

  async openSnapshot() {
    return openSnapshot(this.#opened.connection);
  }

  async openRestore(request: Parameters<Database['openRestore']>[0]) {
    if (this.#opened.copyFolder !== null) throw notWritable(this.identity.name);
    return openRestore(this.#opened.connection, request);
  }

  async examineAccess() {
    return examineAccess(this.#opened.connection, this.identity.name);
  }

  async tryNextIds(columns: Parameters<Database['tryNextIds']>[0]) {
    return tryNextIds(this.#opened.connection.handle, columns);
  }

  /** Nothing is ever left to do: a restore is one transaction, which SQLite itself takes back after a crash. */
  async finishRestore() {}

  async close() {
    this.#opened.connection.close();
    if (this.#opened.copyFolder !== null) await removeFolder(this.#opened.copyFolder);
  }
}

function fileOf({ file }: DatabaseTarget): string {
  if (file === null) throw new InternalError('a SQLite target without a file');
  return path.resolve(file);
}

/** The file that the path leads to; a file that does not exist is named within its folder. */
function resolveLinks(file: string): string {
  try {
    return realpathSync(file);
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
  }
  const parent = path.dirname(file);
  return parent === file ? file : path.join(resolveLinks(parent), path.basename(file));
}
