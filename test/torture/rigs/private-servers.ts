import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statfsSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from '../../support/free-ports.ts';
import { connectMysql } from '../../support/mysql.ts';
import { makeTempFolder } from '../../support/sqlite.ts';

/** A server of a test's own, made from the system's programs, which can die, come back and run out of space. */
export interface PrivateServer {
  readonly url: string;
  /** Ends it as a crash does, and starts it again. */
  restart(): Promise<void>;
  /** Starts it where it does not run. */
  ensureUp(): Promise<void>;
  stop(): Promise<void>;
}

/** A file system in memory for the data of a server. */
export interface SmallDisk {
  readonly folder: string;
  /** Leaves so many bytes free. */
  leave(bytes: number): void;
  free(): void;
  remove(): void;
}

/** @throws where this machine does not let one mount */
export function mountSmallDisk(megabytes: number): SmallDisk {
  const folder = makeTempFolder();
  run('mount', '-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0777`, 'tmpfs', folder);
  const balloon = path.join(folder, 'balloon');
  return {
    folder,
    leave(bytes) {
      const { bavail, bsize } = statfsSync(folder);
      const surplus = bavail * bsize - bytes;
      if (surplus > 0) writeFileSync(balloon, Buffer.alloc(surplus));
    },
    free() {
      if (existsSync(balloon)) truncateSync(balloon, 0);
    },
    remove: () => run('umount', '--lazy', folder),
  };
}

/** Why no file system can be mounted here; null where it can. */
export function whyNoMount(): string | null {
  if (process.getuid?.() !== 0) return 'mounting a small disk needs root';
  try {
    mountSmallDisk(1).remove();
    return null;
  } catch (error) {
    return `a small disk cannot be mounted: ${error instanceof Error ? error.message.split('\n')[0] : error}`;
  }
}

const postgresRoot = '/usr/lib/postgresql';

/** Why a private server of the system's programs cannot be started; null where it can. */
export function whyNoPrivateServers(): string | null {
  if (process.getuid?.() !== 0) return 'private servers are started under other users, which needs root';
  if (!existsSync(postgresRoot)) return `there is no ${postgresRoot}`;
  return existsSync('/usr/sbin/mariadbd') ? null : 'mariadbd is not installed';
}

export async function startPrivatePostgres(folder = makeOpenFolder()): Promise<PrivateServer> {
  const version = readdirSync(postgresRoot).sort((left, right) => Number(right) - Number(left))[0]!;
  const bin = path.join(postgresRoot, version, 'bin');
  const home = path.join(folder, 'postgres');
  mkdirSync(home);
  run('chown', 'postgres', home);
  const data = path.join(home, 'data');
  const as = (name: string, ...args: string[]) =>
    run('runuser', '-u', 'postgres', '--', path.join(bin, name), ...args);
  as('initdb', '-D', data, '-A', 'trust', '-U', 'postgres', '--no-sync', '-E', 'UTF8', '--locale=C');
  const [port] = await freePorts(1);
  const options = `-p ${port} -k ${home} -c listen_addresses=127.0.0.1 -c fsync=off -c max_wal_size=32MB -c min_wal_size=32MB`;
  const control = (...args: string[]) =>
    as('pg_ctl', '-D', data, '-w', '-l', path.join(home, 'log'), ...args);
  const start = () => control('-o', options, 'start');
  const isUp = (): boolean => {
    try {
      control('status');
      return true;
    } catch {
      return false;
    }
  };
  start();
  return {
    url: `postgresql://postgres@127.0.0.1:${port}/postgres`,
    async restart() {
      control('-m', 'immediate', 'stop');
      start();
    },
    async ensureUp() {
      if (!isUp()) start();
    },
    async stop() {
      if (isUp()) control('-m', 'immediate', 'stop');
    },
  };
}

export async function startPrivateMariadb(folder = makeOpenFolder()): Promise<PrivateServer> {
  const home = path.join(folder, 'mariadb');
  mkdirSync(home);
  run('chown', 'nobody', home);
  const data = path.join(home, 'data');
  const as = ['-u', 'nobody', '--'];
  const small = ['--innodb-log-file-size=8M', '--innodb-buffer-pool-size=16M'];
  run(
    'runuser',
    ...[...as, 'mariadb-install-db', '--no-defaults', `--datadir=${data}`, ...small],
    ...['--auth-root-authentication-method=normal', '--skip-test-db'],
  );
  const [port] = await freePorts(1);
  const url = `mysql://root@127.0.0.1:${port}/`;
  const pidFile = path.join(home, 'pid');
  let child: ChildProcess | null = null;
  const start = async (): Promise<void> => {
    child = spawn(
      'runuser',
      [
        ...[...as, 'mariadbd', '--no-defaults', `--datadir=${data}`, ...small],
        ...[`--socket=${path.join(home, 's')}`, `--port=${port}`, '--bind-address=127.0.0.1'],
        ...[`--pid-file=${pidFile}`, '--character-set-server=utf8mb4', '--innodb-flush-log-at-trx-commit=2'],
      ],
      { stdio: 'ignore' },
    );
    await untilReady(url, child);
  };
  const kill = async (): Promise<void> => {
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const closed = new Promise((resolve) => child!.once('exit', resolve));
    process.kill(Number(readFileSync(pidFile, 'utf8')), 'SIGKILL');
    await closed;
  };
  await start();
  return {
    url,
    async restart() {
      await kill();
      await start();
    },
    async ensureUp() {
      if (child?.exitCode !== null || child.signalCode !== null) await start();
    },
    stop: kill,
  };
}

async function untilReady(url: string, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 1200 && child.exitCode === null; tries++) {
    const connection = await connectMysql(url).catch(() => null);
    if (connection !== null) return connection.end();
    await sleep(50);
  }
  throw new Error('the private MariaDB did not start');
}

/** Servers run under users of their own, who have to reach their folders. */
function makeOpenFolder(): string {
  const folder = makeTempFolder();
  chmodSync(folder, 0o755);
  return folder;
}

function run(command: string, ...args: readonly string[]): void {
  execFileSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
