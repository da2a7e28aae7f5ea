import type { DatabaseIdentity } from '../ports/database.ts';

export function isSameDatabase(a: DatabaseIdentity, b: DatabaseIdentity): boolean {
  return a.provider === b.provider && a.host === b.host && a.name === b.name;
}

/** `app on db.example.com:5432`, or the path of a file. */
export function formatIdentity({ host, name }: DatabaseIdentity): string {
  return host === null ? name : `${name} on ${host}`;
}
