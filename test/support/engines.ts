import { createConnection } from 'mariadb';
import { Client } from 'pg';
import { describe, expect, it } from 'vitest';

/** A database server that tests may make databases on. */
export interface TestServer {
  readonly name: string;
  /** With rights to create and drop databases and roles. */
  readonly url: string;
  /** Why it cannot be used; null when it answers. */
  readonly problem: string | null;
}

const timeoutMs = 3000;

/** The server at HOLDFAST_TEST_POSTGRES_URL, else the one of this machine. */
export const postgresServer: TestServer = await findServer(
  'PostgreSQL',
  process.env['HOLDFAST_TEST_POSTGRES_URL'] ?? 'postgresql://postgres@127.0.0.1:5432/postgres',
  pingPostgres,
);

/** The server at HOLDFAST_TEST_MYSQL_URL, else the one of this machine. */
export const mysqlServer: TestServer = await findServer(
  'MariaDB',
  process.env['HOLDFAST_TEST_MYSQL_URL'] ?? 'mysql://root@127.0.0.1:3306/',
  pingMysql,
);

/**
 * A suite that needs a server. Without it the suite is skipped, and its title says so; where a missing server is a
 * failure (CI=true or HOLDFAST_REQUIRE_ENGINES=1) one test fails with the reason.
 */
export function describeEngine(server: TestServer, title: string, body: (url: string) => void): void {
  if (server.problem === null) {
    describe(title, () => body(server.url));
    return;
  }
  const reason = `${server.name}: ${server.problem}`;
  if (isRequired()) {
    describe(title, () => {
      it(`reaches ${server.name}`, () => expect.fail(reason));
    });
    return;
  }
  describe.skip(`${title} [not run: ${reason}]`, () => body(server.url));
}

function isRequired(): boolean {
  const isCi = ['true', '1'].includes(process.env['CI'] ?? '');
  return isCi || process.env['HOLDFAST_REQUIRE_ENGINES'] === '1';
}

async function findServer(
  name: string,
  url: string,
  ping: (url: string) => Promise<void>,
): Promise<TestServer> {
  try {
    await ping(url);
    return { name, url, problem: null };
  } catch (error) {
    return { name, url, problem: `cannot be used at ${new URL(url).host}: ${reasonOf(error)}` };
  }
}

/** A refused connection to both addresses of `localhost` is an AggregateError without a message of its own. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ');
  return error instanceof Error ? error.message.split('\n')[0]! : String(error);
}

async function pingPostgres(url: string): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: timeoutMs });
  try {
    await client.connect();
    await client.query('SELECT 1');
  } finally {
    await client.end();
  }
}

async function pingMysql(url: string): Promise<void> {
  const { hostname, port, username, password } = new URL(url);
  const connection = await createConnection({
    host: hostname,
    port: port === '' ? 3306 : Number(port),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    connectTimeout: timeoutMs,
  });
  try {
    await connection.query('SELECT 1');
  } finally {
    await connection.end();
  }
}
