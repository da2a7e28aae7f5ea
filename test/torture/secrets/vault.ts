import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { openPostgresRig, type PostgresRig } from '../../e2e/rigs/postgres-rig.ts';
import { runCli, startBinary } from '../../support/cli.ts';
import { postgresServer } from '../../support/engines.ts';
import { makeTempFolder } from '../../support/sqlite.ts';
import type { CaseResult } from '../fault-class.ts';
import { type Canaries, commandLinesOf, findIn, findInFiles, plantCanary } from './canaries.ts';

const settings = [
  'DATABASE_URL',
  'BACKUP_DATABASE_URL',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'SLACK_WEBHOOK_URL',
  'HOOK_HEADER',
  'SMTP_PASSWORD',
  'HEARTBEAT_URL',
  'HOLDFAST_DRIVE_CLIENT_ID',
  'HOLDFAST_DRIVE_CLIENT_SECRET',
  'passphrase',
  'row',
] as const;

/** An application with a secret in every setting, whose services refuse everything and repeat what they were told. */
export class Vault {
  readonly rig: PostgresRig;
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly #canaries: Canaries;
  /** Where the keys are: the one place that may hold secrets. */
  readonly #keys = makeTempFolder();
  readonly #temp = makeTempFolder();

  readonly #service: Server;

  private constructor(rig: PostgresRig, canaries: Map<string, string>, service: Server) {
    this.#service = service;
    const address = `http://127.0.0.1:${portOf(service)}`;
    this.rig = rig;
    this.folder = rig.folder;
    this.#canaries = canaries;
    const of = (setting: string): string => canaries.get(setting)!;
    this.env = {
      ...Object.fromEntries(settings.filter((one) => /^[A-Z_]+$/.test(one)).map((one) => [one, of(one)])),
      DATABASE_URL: withPassword(rig.url, of('DATABASE_URL')),
      BACKUP_DATABASE_URL: `postgresql://shop:${of('BACKUP_DATABASE_URL')}@127.0.0.1:9/copy`,
      SLACK_WEBHOOK_URL: `${address}/services/${of('SLACK_WEBHOOK_URL')}`,
      HEARTBEAT_URL: `${address}/ping/${of('HEARTBEAT_URL')}`,
      BACKUP_ENCRYPTION_IDENTITY: this.identity,
      TMPDIR: this.#temp,
    };
    mkdirSync(path.join(this.folder, 'disk'));
    writeFileSync(path.join(this.folder, 'holdfast.config.json'), JSON.stringify(this.#config(address)));
    writeFileSync(this.passphraseFile, `${of('passphrase')}\n`, { mode: 0o600 });
  }

  get identity(): string {
    return path.join(this.#keys, 'identity.txt');
  }

  get passphraseFile(): string {
    return path.join(this.#keys, 'passphrase.txt');
  }

  static async open(): Promise<Vault> {
    const rig = await openPostgresRig(postgresServer.url);
    const canaries = new Map(settings.map((setting) => [setting as string, plantCanary(setting)]));
    const vault = new Vault(rig, canaries, await openHostileService());
    const made = await runCli(['keys', 'new', '-o', vault.identity], { cwd: vault.folder });
    if (made.exitCode !== 0) throw new Error(made.stderr);
    const key = /AGE-SECRET-KEY-1\w+/.exec(readFileSync(vault.identity, 'utf8'));
    canaries.set('identity', key![0]);
    const recipient = /age1\w+/.exec(readFileSync(vault.identity, 'utf8'));
    Object.assign(vault.env, { BACKUP_ENCRYPTION_RECIPIENT: recipient![0] });
    await rig.execute(
      'CREATE TABLE notes (id SERIAL PRIMARY KEY, text VARCHAR(200))',
      `INSERT INTO notes (text) VALUES ('${canaries.get('row')}')`,
    );
    return vault;
  }

  /** Runs a command line with all secrets set, and looks for them in all that can be seen of it. */
  async sweep(
    argv: readonly string[],
    options: {
      readonly env?: Readonly<Record<string, string>>;
      readonly program?: string;
      readonly showsRows?: boolean;
    },
  ): Promise<CaseResult> {
    const { env = {}, program, showsRows = false } = options;
    const looked = new Map([...this.#canaries].filter(([setting]) => !(showsRows && setting === 'row')));
    const running = startBinary(argv, {
      cwd: this.folder,
      env: { ...this.env, ...env },
      ...(program === undefined ? {} : { program }),
    });
    // At once as well: the shortest commands end before the first tick.
    let lines = commandLinesOf(running.pid);
    const looking = setInterval(() => {
      lines += commandLinesOf(running.pid);
    }, 15);
    const { stdout, stderr, exitCode } = await running.ended.finally(() => clearInterval(looking));
    const broken = [
      ...findIn(stdout, looked).map((setting) => `${setting} is on standard output`),
      ...findIn(stderr, looked).map((setting) => `${setting} is on standard error`),
      ...findIn(lines, looked).map((setting) => `${setting} is in the list of processes`),
      ...[this.folder, this.#temp].flatMap((folder) => findInFiles(folder, looked)),
    ];
    if (exitCode === 1) broken.push(`exit 1: ${stderr.slice(0, 300)}`);
    return { fired: lines !== '', violations: broken };
  }

  close(): Promise<void> {
    this.#service.close();
    return this.rig.drop();
  }

  #config(address: string): object {
    const mail = {
      host: '127.0.0.1',
      port: 9,
      user: 'backup',
      password: { env: 'SMTP_PASSWORD' },
      security: 'none',
    };
    return {
      targets: {
        disk: { kind: 'folder', path: path.join(this.folder, 'disk') },
        s3: { kind: 's3', bucket: 'shop', endpoint: address },
      },
      notifications: {
        webhook: { url: { env: 'SLACK_WEBHOOK_URL' }, headers: { 'X-Key': { env: 'HOOK_HEADER' } } },
        // Only for a test of the channels: its tries take their time, and every failure would wait for them.
        mail: { ...mail, on: ['recovery'], from: 'backup@example.com', to: ['ops@example.com'] },
        heartbeat: { url: { env: 'HEARTBEAT_URL' } },
        on: ['failure', 'recovery', 'findings'],
      },
    };
  }
}

/** Answers each request with a refusal that holds the whole request: its address, its headers. */
async function openHostileService(): Promise<Server> {
  const server = createServer((request, response) => {
    const said = JSON.stringify({ url: request.url, headers: request.headers });
    response.writeHead(403, { 'Content-Type': 'application/xml' });
    response.end(`<Error><Code>AccessDenied</Code><Message>${said}</Message></Error>`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

function withPassword(url: string, password: string): string {
  const parsed = new URL(url);
  parsed.password = password;
  return parsed.href;
}

/** What an operator may mistype in an address, with the secret in it. */
export function brokenAddresses(url: string): Readonly<Record<string, string>> {
  const { username, password, host, pathname } = new URL(url);
  return {
    'the server is down': `postgresql://${username}:${password}@127.0.0.1:9${pathname}`,
    'the host is not known': `postgresql://${username}:${password}@db.invalid${pathname}`,
    'the database is not there': `postgresql://${username}:${password}@${host}/hf_none`,
    'the password holds a slash': `postgresql://${username}:a/${password}@${host}${pathname}`,
    'the password holds a question mark': `postgresql://${username}:a?${password}@${host}${pathname}`,
    'the password holds an at': `postgresql://${username}:a@${password}@${host}${pathname}`,
    'the password holds a hash': `postgresql://${username}:a#${password}@${host}${pathname}`,
    'the port is no number': `postgresql://${username}:${password}@127.0.0.1:port${pathname}`,
    'the scheme is another': `mongodb://${username}:${password}@${host}${pathname}`,
    'the scheme is prisma': `prisma://accelerate.example.com/?api_key=${password}`,
    'there is no scheme': `${username}:${password}@${host}${pathname}`,
    'the password is a parameter': `postgresql://${host}${pathname}?user=${username}&password=${password}`,
    'the certificate has a password': `postgresql://${username}@${host}${pathname}?sslpassword=${password}&sslidentity=/none`,
    'MariaDB that is down': `mysql://${username}:${password}@127.0.0.1:9${pathname}`,
  };
}
