import { mysqlServer, postgresServer } from '../../support/engines.ts';

/** Why one of the servers cannot be used; null when both answer. */
export async function whyNoServer(): Promise<string | null> {
  for (const { name, problem } of [postgresServer, mysqlServer]) {
    if (problem !== null) return `${name} ${problem}`;
  }
  return null;
}
