import { openSync, readSync, statSync } from 'node:fs';
import type { DatabaseInstant } from '../../ports/database.ts';
import type { SqliteConnection } from './connection.ts';

/** Where a database file counts the transactions that have changed it. */
const counter = { offset: 24, bytes: 4 };

/**
 * Descriptors of database files, by the files themselves. They are never closed: closing any descriptor of a file ends
 * all locks that the process has on it, the application's own too where it runs in this process.
 */
const descriptors = new Map<string, number>();

/**
 * Tells whether a database was written to. In WAL mode SQLite itself says so, at any time. Otherwise the file counts its
 * transactions, and is read past SQLite: while a connection holds the lock for writing, no other one may read.
 */
export function watchInstant({ handle, file }: SqliteConnection): () => DatabaseInstant {
  if (handle.pragma('journal_mode', { simple: true }) === 'wal') {
    return () => `version ${handle.pragma('data_version', { simple: true })}`;
  }
  const descriptor = openOnce(file);
  return () => {
    const bytes = Buffer.alloc(counter.bytes);
    readSync(descriptor, bytes, 0, counter.bytes, counter.offset);
    return `change ${bytes.readUInt32BE()}`;
  };
}

function openOnce(file: string): number {
  const { dev, ino } = statSync(file, { bigint: true });
  const id = `${dev}:${ino}`;
  const known = descriptors.get(id);
  if (known !== undefined) return known;
  const descriptor = openSync(file, 'r');
  descriptors.set(id, descriptor);
  return descriptor;
}
