import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { SMTPServer } from 'smtp-server';
import { expect, it } from 'vitest';
import { type Answer, HttpSink } from '../notify/sinks.ts';
import { makeKeys } from '../support/age.ts';
import { filesOf, startBinary } from '../support/cli.ts';
import { type DriveRig, openDriveRig } from '../support/drive-rig.ts';
import { type HostileBench, openHostileS3 } from '../support/hostile-s3.ts';
import { createDatabase, runningPostgres, type TestDatabase } from '../support/postgres.ts';
import { makeTempFolder } from '../support/sqlite.ts';

const program = fileURLToPath(new URL('../support/holdfast-on-fake-drive.mjs', import.meta.url));
const keys = await makeKeys();

/** A word for every setting that holds a secret, each found nowhere else. */
const words = {
  database: 'canary-database-password',
  accessKey: 'canaryAccessKeyOfS3',
  secretKey: 'canary-secret-key-of-s3',
  session: 'canary-session-token-of-s3',
  passphrase: 'canary passphrase of five words',
  mail: 'canary-mail-password',
  webhook: 'canary-token-of-the-webhook',
  heartbeat: 'canary-token-of-the-heartbeat',
};
/** What stands in a row of the database. */
const row = 'canary-of-the-application-in-a-row';

/** Everything that can be seen of a run, by where it was seen. */
type Seen = Map<string, string>;

/** Where one of the words was seen, as it is or in base64 or hexadecimal digits. */
function findIn(seen: Seen, canaries: readonly string[]): readonly string[] {
  const spellings = canaries.flatMap((word) => [
    word,
    encodeURIComponent(word),
    Buffer.from(word).toString('hex'),
    Buffer.from(word).toString('base64').replace(/=+$/, '').slice(0, -1),
  ]);
  const different = [...new Set(spellings)];
  return [...seen].flatMap(([place, text]) =>
    different.filter((word) => text.includes(word)).map((word) => `${place}: ${word}`),
  );
}

function commandLines(): string {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
      } catch {
        return '';
      }
    })
    .join('\n');
}

/** A server that wants the password, and refuses every other one. */
async function openMail(): Promise<{ port: number; close(): Promise<void> }> {
  const server = new SMTPServer({
    hideSTARTTLS: true,
    allowInsecureAuth: true,
    closeTimeout: 100,
    onAuth: ({ password }, _session, done) =>
      done(password === words.mail ? null : new Error(`no: ${password}`), { user: 'x' }),
    onData(stream, _session, done) {
      stream.resume();
      stream.on('end', () => done());
    },
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  return { port, close: () => new Promise((resolve) => server.close(() => resolve())) };
}

/** An application on PostgreSQL with a secret in every setting that can hold one. */
class SecretShop {
  readonly folder = makeTempFolder();
  /** The only files that may hold the secrets. */
  readonly secrets = makeTempFolder();
  readonly disk = makeTempFolder();
  readonly temp = makeTempFolder();
  readonly seen: Seen = new Map();
  env: Record<string, string>;
  readonly #rig: DriveRig;
  readonly #bench: HostileBench;
  #runs = 0;

  constructor(
    rig: DriveRig,
    bench: HostileBench,
    { database, sink, mailPort }: { database: TestDatabase; sink: HttpSink; mailPort: number },
  ) {
    [this.#rig, this.#bench] = [rig, bench];
    const write = (name: string, text: string): string => {
      writeFileSync(path.join(this.secrets, name), `${text}\n`, { mode: 0o600 });
      return path.join(this.secrets, name);
    };
    this.env = {
      DATABASE_URL: database.url.replace('postgres@', `postgres:${words.database}@`),
      BACKUP_ENCRYPTION_RECIPIENT: keys.recipient,
      BACKUP_ENCRYPTION_IDENTITY: write('identity', keys.identity),
      BACKUP_ENCRYPTION_PASSPHRASE_FILE: write('passphrase', words.passphrase),
      AWS_ACCESS_KEY_ID: words.accessKey,
      AWS_SECRET_ACCESS_KEY: words.secretKey,
      AWS_SESSION_TOKEN: words.session,
      SMTP_PASSWORD: words.mail,
      WEBHOOK: `${sink.origin}/hook/${words.webhook}?key=${words.webhook}`,
      HEARTBEAT: `${sink.origin}/beat/${words.heartbeat}`,
      FAKE_DRIVE: rig.fake.origin,
      TMPDIR: this.temp,
      HOME: this.folder,
    };
    mkdirSync(path.join(this.folder, 'prisma'));
    writeFileSync(
      path.join(this.folder, 'prisma/schema.prisma'),
      'datasource db {\n  provider = "postgresql"\n  url = env("DATABASE_URL")\n}\n\nmodel Note {\n  id Int @id\n  text String\n}\n',
    );
    const settings = {
      targets: {
        disk: { kind: 'folder', path: this.disk },
        s3: { kind: 's3', bucket: 'bucket', endpoint: bench.server.endpoint, required: true },
        drive: {
          kind: 'drive',
          clientFile: `${rig.secrets}/client_secret.json`,
          tokenFile: `${rig.secrets}/token/drive.json`,
        },
      },
      notifications: {
        webhook: { url: { env: 'WEBHOOK' } },
        heartbeat: { url: { env: 'HEARTBEAT' } },
        mail: {
          ...{ host: '127.0.0.1', port: mailPort, security: 'none', user: 'backup' },
          ...{ password: { env: 'SMTP_PASSWORD' }, from: 'a@example.com', to: ['b@example.com'] },
        },
        on: ['failure', 'recovery', 'findings'],
      },
    };
    writeFileSync(path.join(this.folder, 'holdfast.config.json'), JSON.stringify(settings));
  }

  /** Runs the real program, watching the list of processes; its exit code. */
  async run(words: string, more: Readonly<Record<string, string>> = {}): Promise<number> {
    const argv = [...words.split(' '), ...(this.#runs++ % 2 === 0 ? ['--verbose'] : ['--json', '--verbose'])];
    const place = `${this.#runs}: ${argv.join(' ')}`;
    const { ended } = startBinary(argv, { cwd: this.folder, env: { ...this.env, ...more }, program });
    const watch = setInterval(() => this.seen.set(`${place} processes`, commandLines()), 50);
    const { exitCode, stdout, stderr } = await ended;
    clearInterval(watch);
    this.seen.set(`${place} stdout`, stdout);
    this.seen.set(`${place} stderr`, stderr);
    return exitCode;
  }

  /** Everything that was written, here and there, with its names. */
  lookAround(): void {
    for (const folder of [this.folder, this.disk, this.temp])
      for (const [name, content] of filesOf(folder))
        this.seen.set(`${folder}/${name}`, `${name}\n${content}`);
    for (const [key, content] of this.#bench.server.objects)
      this.seen.set(`s3 ${key}`, `${key}\n${content.toString('latin1')}`);
    for (const { name, content, appProperties } of this.#rig.fake.files.all.values()) {
      const text = `${name}\n${JSON.stringify(appProperties)}\n${content?.toString('latin1') ?? ''}`;
      this.seen.set(`drive ${name}`, text);
    }
  }
}

it('shows no secret and no row of the application to anybody, whatever succeeds or fails', {
  timeout: 600_000,
}, async () => {
  const [rig, bench, sink, mail] = await Promise.all([
    openDriveRig(),
    openHostileS3(),
    HttpSink.open(),
    openMail(),
  ]);
  const server = await runningPostgres();
  const database = await createDatabase(server);
  try {
    await database.run(
      'CREATE TABLE "Note" (id int PRIMARY KEY, text text)',
      `INSERT INTO "Note" VALUES (1, '${row}')`,
    );
    const shop = new SecretShop(rig, bench, { database, sink, mailPort: mail.port });
    const { name } = database;
    const exitCodes: (readonly [string, number])[] = [];
    const run = async (line: string, more?: Readonly<Record<string, string>>): Promise<void> => {
      exitCodes.push([line, await shop.run(line, more)]);
    };
    await run('backup one');
    await run('sync status');
    await run('verify-remote --all');
    await run('notify test');
    for (const target of ['s3', 'drive']) {
      await database.run('DELETE FROM "Note"');
      await run(`restore ${target}:one --clear-existing --confirm ${name}`);
      expect((await database.client.query('SELECT text FROM "Note"')).rows).toEqual([{ text: row }]);
    }
    expect(exitCodes.filter(([, code]) => code !== 0)).toEqual([]);
    await run('health');
    await run('doctor --remote');

    // What a server says of a request that it refuses may hold what was sent to it.
    bench.server.script = () => ({
      status: 401,
      body: `<Error><Code>InvalidAccessKeyId</Code><Message>${words.accessKey} ${words.session}</Message></Error>`,
    });
    rig.fake.script({
      on: 'token',
      does: 'answer',
      status: 401,
      body: { error: 'invalid_client' },
      times: 99,
    });
    rig.fake.script({ on: 'list', does: 'answer', status: 401, times: 99 });
    sink.answers = Array.from(
      { length: 99 },
      (): Answer =>
        (response, { path }) => {
          response.writeHead(401);
          response.end(`no: ${path}`);
        },
    );
    const wrong = { SMTP_PASSWORD: `${words.mail}-wrong` };
    for (const line of ['backup two', 'verify-remote', 'doctor --remote', 'restore s3:one', 'notify test'])
      await run(line, wrong);
    await mail.close();
    await run('notify test', {
      WEBHOOK: `http://127.0.0.1:1/${words.webhook}`,
      HEARTBEAT: `http://no-such-host.invalid/${words.heartbeat}`,
    });
    const address = `postgresql://postgres:${words.database}@127.0.0.1`;
    await run('backup', { DATABASE_URL: `${address}:1/shop` });
    await run('backup', { DATABASE_URL: `${address}:5432/no_such_database` });
    await run('backup', { DATABASE_URL: `${address}:port/shop` });
    await run('restore one', { BACKUP_ENCRYPTION_IDENTITY: path.join(shop.secrets, 'passphrase') });
    // Nothing but the first few commands went well.
    expect(exitCodes.slice(8).filter(([, code]) => code === 0)).toEqual([]);

    shop.lookAround();
    const drive = [rig.fake.accounts.clientSecret, 'canary-refresh-', 'ya29.canary-access-'];
    const secrets = [...Object.values(words), ...drive, keys.identity];
    // The program itself leads to the fake by the list of processes: nothing of the test's own is there.
    expect(shop.seen.size).toBeGreaterThan(40);
    expect(findIn(shop.seen, secrets)).toEqual([]);
    expect(findIn(shop.seen, [row])).toEqual([]);

    // The control: what somebody careless would have written is found, each of it and each way.
    const careless: Seen = new Map(
      [...secrets, row].map((word, index) => [
        String(index),
        index % 2 === 0 ? word : Buffer.from(word).toString('base64'),
      ]),
    );
    expect(findIn(careless, [...secrets, row]).length).toBeGreaterThanOrEqual(secrets.length + 1);
    expect(
      await shop.run('backup plain --no-compression', {
        BACKUP_ENCRYPTION_RECIPIENT: '',
        BACKUP_ENCRYPTION_PASSPHRASE_FILE: '',
      }),
    ).not.toBe(0);
    shop.lookAround();
    expect(
      findIn(shop.seen, [row])
        .map((place) => path.basename(place.split(':')[0]!))
        .sort(),
    ).toEqual(['plain.json', 'plain.json']);
  } finally {
    await database.drop();
    await Promise.all([rig.close(), bench.close(), sink.close()]);
  }
});
