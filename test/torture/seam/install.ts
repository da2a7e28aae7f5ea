import fs from 'node:fs';
import promises, { type FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import path from 'node:path';
import Database from 'better-sqlite3';
import { systemClock } from '../../../src/app.ts';
import type { Seam } from './seam.ts';

/** As the system words a broken disk; runs must pass it on. */
const brokenDisk = 'EIO: i/o error, injected';
const leapMs = 400 * 86_400_000;

type Method = (...args: unknown[]) => unknown;
type Methods = Record<string, Method>;

/**
 * Puts the seam under the program: the functions of node:fs for paths below `root`, better-sqlite3, sockets, and the
 * program's clock, which from then on begins at `start`. Nothing in the program knows of it.
 *
 * @returns takes everything out again
 */
export async function installSeam(seam: Seam, root: string, start: Date): Promise<() => void> {
  const undo: (() => void)[] = [];
  const replace = (object: object, name: string, make: (real: Method) => Method): void => {
    const real = (object as Methods)[name]!;
    (object as Methods)[name] = make(real);
    undo.push(() => {
      (object as Methods)[name] = real;
    });
  };
  const isOurs = (value: unknown): boolean => typeof value === 'string' && value.startsWith(root);
  wrapPathFunctions(seam, replace, isOurs);
  await wrapHandles(seam, replace, root);
  wrapDatabases(seam, replace);
  wrapSockets(seam, replace);
  let now = start.getTime();
  replace(systemClock, 'now', () => () => {
    now++;
    return new Date(seam.meets('clock') ? now + leapMs : now);
  });
  syncBuiltinESMExports();
  return () => {
    for (const one of undo.reverse()) one();
    syncBuiltinESMExports();
  };
}

type Replace = (object: object, name: string, make: (real: Method) => Method) => void;

const pathFunctions = [
  ...['open', 'link', 'unlink', 'rename', 'mkdir', 'readdir', 'stat', 'readFile', 'realpath', 'chmod'],
  ...['access', 'statfs', 'rm', 'lstat', 'copyFile'],
];
const pathFunctionsSync = ['openSync', 'unlinkSync', 'statSync', 'readFileSync', 'readdirSync', 'mkdirSync'];

function wrapPathFunctions(seam: Seam, replace: Replace, isOurs: (value: unknown) => boolean): void {
  for (const name of pathFunctions) {
    replace(promises, name, (real) => async (...args) => {
      if (isOurs(args[0]) && seam.meets('files')) throw diskError(name, args[0]);
      return real(...args);
    });
  }
  for (const name of pathFunctionsSync) {
    replace(fs, name, (real) => (...args) => {
      if (isOurs(args[0]) && seam.meets('files')) throw diskError(name, args[0]);
      return real(...args);
    });
  }
  // Streams of files open them so.
  replace(fs, 'open', (real) => (...args) => {
    const done = args.at(-1) as (error: Error) => void;
    if (isOurs(args[0]) && seam.meets('files'))
      return void setImmediate(() => done(diskError('open', args[0])));
    return real(...args);
  });
}

async function wrapHandles(seam: Seam, replace: Replace, root: string): Promise<void> {
  const handle = await promises.open(root, 'r');
  const prototype = Object.getPrototypeOf(handle) as object;
  await handle.close();
  for (const name of ['write', 'read', 'sync', 'stat', 'chmod', 'truncate']) {
    replace(
      prototype,
      name,
      (real) =>
        async function failing(this: FileHandle, ...args: unknown[]) {
          if (seam.meets('files')) throw diskError(name, 'descriptor');
          return real.apply(this, args);
        },
    );
  }
  replace(
    prototype,
    'close',
    (real) =>
      // A failed close has closed.
      async function failing(this: FileHandle, ...args: unknown[]) {
        await real.apply(this, args);
        if (seam.meets('files')) throw diskError('close', 'descriptor');
      },
  );
}

function wrapDatabases(seam: Seam, replace: Replace): void {
  const memory = new Database(':memory:');
  const statement = Object.getPrototypeOf(memory.prepare('SELECT 1')) as object;
  memory.close();
  const wrap = (object: object, name: string): void =>
    replace(
      object,
      name,
      (real) =>
        function failing(this: unknown, ...args: unknown[]) {
          if (seam.meets('database'))
            throw new Database.SqliteError('disk I/O error, injected', 'SQLITE_IOERR');
          return real.apply(this, args);
        },
    );
  for (const name of ['exec', 'prepare', 'pragma', 'backup']) wrap(Database.prototype as object, name);
  for (const name of ['run', 'get', 'all', 'iterate']) wrap(statement, name);
}

function wrapSockets(seam: Seam, replace: Replace): void {
  replace(
    net.Socket.prototype,
    'write',
    (real) =>
      function failing(this: net.Socket, ...args: unknown[]) {
        if (!seam.meets('network')) return real.apply(this, args);
        this.destroy(
          Object.assign(new Error('read ECONNRESET, injected'), { code: 'ECONNRESET', syscall: 'write' }),
        );
        return false;
      },
  );
}

function diskError(name: string, target: unknown): Error {
  const syscall = name.replace(/Sync$/, '');
  const message = `${brokenDisk}, ${syscall} '${path.basename(String(target))}'`;
  return Object.assign(new Error(message), { code: 'EIO', errno: -5, syscall });
}
