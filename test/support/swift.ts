import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AwsClient } from 'aws4fetch';
import type { S3Settings } from '../../src/ports/offsite.ts';
import { freePorts } from './free-ports.ts';

/** OpenStack Swift with its S3 API: a real server that checks signatures and digests. */
export interface Swift {
  readonly endpoint: string;
  /** Makes a new bucket, and says how it is reached. */
  makeBucket(more?: Partial<S3Settings>): Promise<S3Settings>;
  /** A request of another client, to look behind the program. */
  fetch(place: string, init?: RequestInit): Promise<Response>;
  close(): Promise<void>;
}

const servers = ['account', 'container', 'object', 'proxy'] as const;
const credentials = { accessKeyId: 'test:tester', secretAccessKey: 'testing' };

/** Whether Debian's packages are there; in CI a machine without them is a fault of the machine. */
export function hasSwift(): boolean {
  return servers.every((name) => existsSync(`/usr/bin/swift-${name}-server`));
}

/** What a test prints that cannot run here. */
export const swiftPackages = 'swift-proxy swift-object swift-container swift-account';

/** Starts a server of its own on free ports, in about two seconds. */
export async function startSwift(): Promise<Swift> {
  const folder = mkdtempSync(path.join(tmpdir(), 'holdfast-swift-'));
  const ports = await freePorts(servers.length);
  prepare(folder, ports);
  const log = openSync(path.join(folder, 'log'), 'a');
  const children = servers.map((name) =>
    spawn(`/usr/bin/swift-${name}-server`, [path.join(folder, 'etc', `${name}.conf`)], {
      stdio: ['ignore', log, log],
    }),
  );
  const endpoint = `http://127.0.0.1:${ports.at(-1)}`;
  const client = new AwsClient({ ...credentials, service: 's3', region: 'us-east-1', retries: 0 });
  const fetchSigned = (place: string, init: RequestInit = {}) => client.fetch(`${endpoint}/${place}`, init);
  const close = async (): Promise<void> => {
    await Promise.all(children.map(stop));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await waitForAll(fetchSigned, () => readFileSync(path.join(folder, 'log'), 'utf8'));
  } catch (error) {
    await close();
    throw error;
  }
  let buckets = 0;
  return {
    endpoint,
    fetch: fetchSigned,
    close,
    async makeBucket(more = {}) {
      const bucket = `bucket-${process.pid}-${++buckets}`;
      const response = await fetchSigned(bucket, { method: 'PUT' });
      if (!response.ok) throw new Error(`no bucket: ${await response.text()}`);
      return {
        ...{
          kind: 's3',
          endpoint,
          bucket,
          region: 'us-east-1',
          isPathStyle: true,
          prefix: '',
          storageClass: null,
        },
        ...{ partBytes: 5 * 1024 * 1024, hasChecksumHeaders: false },
        credentials: { ...credentials, sessionToken: null },
        ...more,
      };
    },
  };
}

function prepare(folder: string, ports: readonly number[]): void {
  mkdirSync(path.join(folder, 'etc'));
  mkdirSync(path.join(folder, 'srv/d1'), { recursive: true });
  const run = (...args: readonly string[]): void => {
    execFileSync('/usr/bin/swift-ring-builder', args, { cwd: path.join(folder, 'etc'), stdio: 'ignore' });
  };
  for (const [index, name] of servers.entries()) {
    const template = readFileSync(new URL(`./swift/${name}.conf`, import.meta.url), 'utf8');
    const text = template.replaceAll('@DIR@', folder).replaceAll('@PORT@', String(ports[index]));
    writeFileSync(path.join(folder, 'etc', `${name}.conf`), text);
    if (name === 'proxy') continue;
    run(`${name}.builder`, 'create', '6', '1', '1');
    run(`${name}.builder`, 'add', `r1z1-127.0.0.1:${ports[index]}/d1`, '1');
    run(`${name}.builder`, 'rebalance');
  }
}

/** Until an object can be stored: an answer of the proxy alone says nothing of the servers behind it. */
async function waitForAll(
  fetchSigned: (place: string, init?: RequestInit) => Promise<Response>,
  readLog: () => string,
): Promise<void> {
  const succeeds = (place: string): Promise<boolean> =>
    fetchSigned(place, { method: 'PUT', body: '' }).then(
      (response) => response.ok,
      () => false,
    );
  for (let tries = 0; tries < 300; tries++) {
    if ((await succeeds('is-up')) && (await succeeds('is-up/object'))) return;
    await sleep(100);
  }
  throw new Error(`Swift does not start:\n${readLog().slice(-2000)}`);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
  await ended;
  clearTimeout(timer);
}
