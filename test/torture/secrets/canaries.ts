import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

/** A secret that nobody else has, by the setting that holds it. */
export type Canaries = ReadonlyMap<string, string>;

export function plantCanary(setting: string): string {
  return `canary-${setting}-${randomBytes(6).toString('hex')}`;
}

/** The settings whose secret is in a text, as it is or in another spelling. */
export function findIn(text: string, canaries: Canaries): readonly string[] {
  return [...canaries]
    .filter(([, secret]) => spellings(secret).some((one) => text.includes(one)))
    .map(([setting]) => setting);
}

function spellings(secret: string): readonly string[] {
  const base64 = Buffer.from(secret).toString('base64').replace(/=+$/, '').slice(0, -1);
  return [secret, encodeURIComponent(secret), base64, Buffer.from(secret).toString('hex')];
}

/** Every file under a folder that holds a secret, with the setting. */
export function findInFiles(folder: string, canaries: Canaries): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => statSync(path.join(folder, name), { throwIfNoEntry: false })?.isFile() === true)
    .flatMap((name) => {
      const found = findIn(readFileSync(path.join(folder, name), 'latin1'), canaries);
      return found.map((setting) => `${setting} is in the file ${name}`);
    });
}

/** The command lines of a process and of those that it started, as anybody on the machine sees them. */
export function commandLinesOf(pid: number): string {
  const children = readProc(pid, `task/${pid}/children`).trim().split(' ').filter(Boolean).map(Number);
  return [pid, ...children].map((one) => readProc(one, 'cmdline')).join('\n');
}

/** Empty where the process has ended. */
function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return '';
  }
}
