import { spawn } from 'node:child_process';
import { AppError, describeError, systemCode } from '../errors.ts';
import type { Crontab } from '../ports/crontab.ts';

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The user's crontab, read and written by the system's own program. Texts are bytes, one character each. */
export const systemCrontab: Crontab = {
  async read() {
    const { code, stdout, stderr } = await runCrontab(['-l']);
    if (code === 0) return stdout;
    if (/\bno crontab\b/i.test(stderr)) return '';
    throw failed('read', stderr);
  },
  async write(text) {
    // Debian's `crontab -l` shows a carriage return as two characters, and nothing tells them from a real one.
    if (/\\r$/m.test(text))
      throw failed('write', 'a line of it ends in \\r, which may stand for a carriage return');
    const { code, stderr } = await runCrontab(['-'], text);
    if (code !== 0) throw failed('write', stderr);
  },
};

function runCrontab(args: readonly string[], input = ''): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn('crontab', args, { stdio: ['pipe', 'pipe', 'pipe'] });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.once('error', (error) => reject(notStarted(error)));
    child.once('close', (code) => {
      resolve({
        code,
        stdout: Buffer.concat(stdout).toString('latin1'),
        stderr: Buffer.concat(stderr).toString('utf8'),
      });
    });
    // A program that ends before it has read its input is told of by its exit code.
    child.stdin.on('error', () => undefined);
    child.stdin.end(Buffer.from(input, 'latin1'));
  });
}

function notStarted(error: Error): AppError {
  if (systemCode(error) !== 'ENOENT') return failed('start', describeError(error), error);
  return new AppError('SCHEDULE.CRONTAB', 'Cannot find the program crontab: cron is not installed', {
    hint: 'Install cron, or use a systemd timer: holdfast schedule print --systemd',
    cause: error,
  });
}

function failed(what: string, reason: string, cause?: unknown): AppError {
  const message = `Cannot ${what} the crontab: ${reason.trim() || 'the program crontab failed'}`;
  return new AppError('SCHEDULE.CRONTAB', message, {
    hint: 'Put the lines in by hand with crontab -e: holdfast schedule print',
    cause,
  });
}
