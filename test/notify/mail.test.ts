import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { afterEach, describe, expect, it } from 'vitest';
import type { MailSettings } from '../../src/ports/notifier.ts';
import { useTempFolder } from '../support/temp-folder.ts';
import { calmNotifierWith, failure, notifierWith } from './notices.ts';

const folder = useTempFolder();
const [keyFile, certFile] = [path.join(folder, 'key.pem'), path.join(folder, 'cert.pem')];
execFileSync(
  'openssl',
  [
    ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost'],
    ...['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-keyout', keyFile, '-out', certFile],
  ],
  { stdio: 'ignore' },
);
const [key, cert] = [readFileSync(keyFile, 'utf8'), readFileSync(certFile, 'utf8')];

interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly text: string;
  readonly isSecure: boolean;
}

const servers: SMTPServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise<void>((resolve) => server.close(resolve));
});

async function openServer(options: SMTPServerOptions): Promise<{ port: number; mails: Mail[] }> {
  const mails: Mail[] = [];
  const server = new SMTPServer({
    key,
    cert,
    authOptional: true,
    closeTimeout: 100,
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        mails.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          text: Buffer.concat(chunks).toString('utf8'),
          isSecure: session.secure === true,
        });
        done();
      });
    },
    ...options,
  });
  server.on('error', () => undefined);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.server.address() as AddressInfo).port, mails };
}

function mailTo(port: number, settings: Partial<MailSettings> = {}): MailSettings {
  return {
    kind: 'mail',
    name: '',
    on: ['failure'],
    host: 'localhost',
    port,
    security: 'starttls',
    auth: null,
    ca: cert,
    from: 'holdfast@example.com',
    to: ['ops@example.com', 'dba@example.com'],
    ...settings,
  };
}

async function send(settings: MailSettings) {
  const [delivery] = await calmNotifierWith(settings).send(failure);
  return delivery!;
}

const onlyJoe: SMTPServerOptions = {
  authOptional: false,
  onAuth: ({ username, password }, _session, done) =>
    username === 'joe' && password === 'open sesame'
      ? done(null, { user: 'joe' })
      : done(new Error('Invalid')),
};

describe('a mail', () => {
  it('arrives by STARTTLS with its title, text and recipients', async () => {
    const { port, mails } = await openServer(onlyJoe);
    const auth = { user: 'joe', password: 'open sesame' };
    expect(await send(mailTo(port, { auth }))).toMatchObject({ ok: true, message: 'accepted for 2' });
    expect(mails).toHaveLength(1);
    expect(mails[0]).toMatchObject({
      from: 'holdfast@example.com',
      to: ['ops@example.com', 'dba@example.com'],
      isSecure: true,
    });
    expect(mails[0]!.text).toContain('Subject: Holdfast: backup of shop on db1 failed');
    expect(mails[0]!.text).toContain('[DATABASE.UNREACHABLE]');
    expect(mails[0]!.text).toContain('Auto-Submitted: auto-generated');
  });

  it('arrives by TLS from the first byte', async () => {
    const { port, mails } = await openServer({ secure: true });
    expect(await send(mailTo(port, { security: 'tls' }))).toMatchObject({ ok: true });
    expect(mails[0]!.isSecure).toBe(true);
  });

  it('arrives without encryption where that was asked for', async () => {
    const { port, mails } = await openServer({});
    expect(await send(mailTo(port, { security: 'none' }))).toMatchObject({ ok: true });
    expect(mails[0]!.isSecure).toBe(false);
  });

  it('is not sent to a server without STARTTLS', async () => {
    const { port, mails } = await openServer({ hideSTARTTLS: true, disabledCommands: ['STARTTLS'] });
    expect(await send(mailTo(port))).toMatchObject({ ok: false });
    expect(mails).toEqual([]);
  });

  it('is not sent to a server whose certificate nobody vouches for', async () => {
    const { port, mails } = await openServer({});
    const { ok, message } = await send(mailTo(port, { ca: null }));
    expect([ok, message]).toEqual([false, expect.stringMatching(/certificate/i)]);
    expect(message).not.toContain('attempt');
    expect(mails).toEqual([]);
  });

  it('fails at once, without the password in its message, when the server refuses that (535)', async () => {
    const { port } = await openServer(onlyJoe);
    const { ok, message } = await send(mailTo(port, { auth: { user: 'joe', password: 'hunter2!' } }));
    expect(ok).toBe(false);
    expect(message).toContain('does not take the user and password');
    expect(message).toContain('535');
    expect(message).not.toMatch(/hunter2|attempt/);
  });

  it('says which recipient was refused (550), and reaches the other one', async () => {
    const { port, mails } = await openServer({
      onRcptTo: ({ address }, _session, done) =>
        address.startsWith('dba')
          ? done(Object.assign(new Error('No such user'), { responseCode: 550 }))
          : done(),
    });
    expect(await send(mailTo(port))).toMatchObject({
      ok: false,
      message: 'accepted for 1 of 2, refused for dba@example.com',
    });
    expect(mails[0]!.to).toEqual(['ops@example.com']);
  });

  it('fails at once when every recipient is refused', async () => {
    const { port } = await openServer({
      onRcptTo: (_address, _session, done) => done(Object.assign(new Error('No'), { responseCode: 550 })),
    });
    const { ok, message } = await send(mailTo(port));
    expect([ok, message]).toEqual([false, expect.stringContaining('does not take the recipients')]);
    expect(message).not.toContain('attempt');
  });

  it('is tried again when the server is busy (451)', async () => {
    let count = 0;
    const { port, mails } = await openServer({
      onMailFrom: (_address, _session, done) =>
        ++count === 1 ? done(Object.assign(new Error('Busy'), { responseCode: 451 })) : done(),
    });
    expect(await send(mailTo(port))).toMatchObject({ ok: true, message: 'accepted for 2 (attempt 2)' });
    expect(mails).toHaveLength(1);
  });

  it('ends within its limit when the server hangs', async () => {
    const { port } = await openServer({ onConnect: () => undefined });
    const before = performance.now();
    const [delivery] = await notifierWith(mailTo(port)).send(failure);
    expect(delivery).toMatchObject({ ok: false });
    expect(performance.now() - before).toBeLessThan(2500);
  });

  it('says that a connection was refused', async () => {
    expect(await send(mailTo(1))).toMatchObject({
      ok: false,
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it('puts no line break of a name into its head', async () => {
    const { port, mails } = await openServer({});
    const sender = calmNotifierWith(mailTo(port));
    await sender.send({ ...failure, application: 'shop\r\nBcc: thief@example.com' });
    expect(mails[0]!.text).not.toMatch(/^Bcc:/m);
    expect(mails[0]!.to).toEqual(['ops@example.com', 'dba@example.com']);
  });
});
