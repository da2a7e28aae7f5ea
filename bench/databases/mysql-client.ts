import type { Command } from '../measure/command.ts';

/** A client program of MariaDB on the database of a URL, which no settings of this machine change. */
export function mysqlClient(url: string, program: string, ...flags: string[]): Command {
  const { hostname, port, username, password, pathname } = new URL(url);
  const server = ['-h', hostname, '-P', port || '3306', '-u', decodeURIComponent(username)];
  return {
    argv: [program, '--no-defaults', ...server, ...flags, decodeURIComponent(pathname.slice(1))],
    env: { MYSQL_PWD: decodeURIComponent(password) },
  };
}
