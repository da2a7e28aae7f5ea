import { hostname, userInfo } from 'node:os';

export interface WhoAndWhere {
  readonly user: string;
  readonly host: string;
}

/** The user of this process and the name of this machine. */
export function whoAndWhere(): WhoAndWhere {
  return { user: readUser(), host: hostname() };
}

/** In a container the user may have a number and no name. */
function readUser(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'unknown');
  }
}
