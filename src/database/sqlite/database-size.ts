import type { Handle } from './connection.ts';

/** The bytes that the database takes, without its journals. */
export function databaseBytes(handle: Handle): number {
  const pages = Number(handle.pragma('page_count', { simple: true }));
  return pages * Number(handle.pragma('page_size', { simple: true }));
}
