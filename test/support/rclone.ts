import { execFileSync, spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RcloneSettings } from '../../src/ports/offsite.ts';
import { freePorts } from './free-ports.ts';
import { makeTempFolder } from './sqlite.ts';

/** Whether Debian's package is there; in CI a machine without it is a fault of the machine. */
export function hasRclone(): boolean {
  return existsSync('/usr/bin/rclone');
}

const environment = { PATH: '/usr/bin:/bin', HOME: '/nonexistent' };

/** A configuration of rclone of its own, with these sections. */
export function rcloneSettings(remote: string, config = ''): RcloneSettings {
  const configFile = path.join(makeTempFolder(), 'rclone.conf');
  writeFileSync(configFile, config, { mode: 0o600 });
  return { kind: 'rclone', program: 'rclone', remote, configFile, environment };
}

export interface FileServer {
  readonly folder: string;
  /** A section `[remote]` for `rclone.conf`. */
  readonly config: string;
  close(): Promise<void>;
}

/** A server of WebDAV or SFTP: rclone's own. */
export async function serveFiles(protocol: 'webdav' | 'sftp'): Promise<FileServer> {
  const folder = makeTempFolder();
  const [port] = await freePorts(1);
  const address = `127.0.0.1:${port}`;
  const flags = ['--addr', address, '--user', 'u', '--pass', 'p', '--config', '/dev/null'];
  const child = spawn('rclone', ['serve', protocol, folder, ...flags], { stdio: 'ignore' });
  while (!(await isListening(port!))) await sleep(50);
  const place =
    protocol === 'webdav' ? `url = http://${address}\nvendor = other` : `host = 127.0.0.1\nport = ${port}`;
  return {
    folder,
    config: `[remote]\ntype = ${protocol}\n${place}\nuser = u\npass = ${obscure('p')}\n`,
    async close() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
    },
  };
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** A password as `rclone.conf` holds it. */
export function obscure(password: string): string {
  return execFileSync('rclone', ['obscure', password], { encoding: 'utf8' }).trim();
}
