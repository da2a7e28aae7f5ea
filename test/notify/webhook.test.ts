import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { plainTemplate } from '../../src/config/notification-templates.ts';
import { failure, heartbeat, notifierWith, webhook } from './notices.ts';
import { answer, HttpSink, hang } from './sinks.ts';

let sink: HttpSink;
beforeEach(async () => {
  sink = await HttpSink.open();
});
afterEach(() => sink.close());

const token = 'T0000-B0000-XXsecretXX';

async function send(template?: unknown) {
  const [delivery] = await notifierWith(webhook(`${sink.origin}/services/${token}`, template)).send(failure);
  return delivery!;
}

describe('a webhook', () => {
  it('posts the text of Slack with its markup escaped', async () => {
    expect(await send()).toEqual({ channel: 'webhook', what: 'failure', ok: true, message: 'HTTP 200' });
    const [{ method, path, headers, body }] = sink.received as [(typeof sink.received)[0]];
    expect([method, path, headers['content-type']]).toEqual([
      'POST',
      `/services/${token}`,
      'application/json',
    ]);
    const { text } = JSON.parse(body) as { text: string };
    expect(text).toContain('*Holdfast: backup of shop on db1 failed*');
    expect(text).toContain('Cannot reach "shop" &lt;db1&gt;: refused [DATABASE.UNREACHABLE]');
    expect(text).toContain('3 runs in a row, since 2026-11-18T02:00:00.000Z');
  });

  it('keeps numbers and null of a template that names them alone', async () => {
    await send({ a: ['{{durationMs}}', '{{snapshot}}'], b: 'took {{ durationMs }} ms{{snapshot}}', c: 7 });
    expect(JSON.parse(sink.received[0]!.body)).toEqual({ a: [1200, null], b: 'took 1200 ms', c: 7 });
  });

  it('sends every field of a message as the plain template', async () => {
    await send(plainTemplate);
    expect(JSON.parse(sink.received[0]!.body)).toMatchObject({
      kind: 'failure',
      test: false,
      errorCode: 'DATABASE.UNREACHABLE',
      rows: null,
      count: 3,
      run: failure.run,
    });
  });

  it('sends user and password of an address as a header', async () => {
    const url = sink.origin.replace('//', '//ops:p%40ss@');
    const [delivery] = await notifierWith(webhook(`${url}/x`)).send(failure);
    expect(delivery!.ok).toBe(true);
    expect(sink.received[0]!.headers.authorization).toBe(
      `Basic ${Buffer.from('ops:p@ss').toString('base64')}`,
    );
  });

  it.each([500, 502, 503, 429, 408])('tries again after HTTP %i', async (status) => {
    sink.answers = [answer(status), answer(status)];
    expect(await send()).toMatchObject({ ok: true, message: 'HTTP 200 (attempt 3)' });
    expect(sink.received).toHaveLength(3);
  });

  it('gives up after three attempts and says what the server said', async () => {
    sink.answers = [answer(500), answer(500), answer(500, 'out of order')];
    expect(await send()).toMatchObject({ ok: false, message: 'HTTP 500: out of order (attempt 3)' });
  });

  it.each([400, 401, 403, 404, 410])('does not repeat what HTTP %i refuses', async (status) => {
    sink.answers = [answer(status, 'invalid_token')];
    expect(await send()).toMatchObject({ ok: false, message: `HTTP ${status}: invalid_token` });
    expect(sink.received).toHaveLength(1);
  });

  it('waits as long as Retry-After asks', async () => {
    sink.answers = [answer(429, '', { 'retry-after': '1' })];
    const before = performance.now();
    expect(await send()).toMatchObject({ ok: true });
    expect(performance.now() - before).toBeGreaterThanOrEqual(990);
  });

  it('gives up at once when Retry-After asks for longer than there is', async () => {
    sink.answers = [answer(429, 'slow down', { 'retry-after': '3600' })];
    const before = performance.now();
    const { ok, message } = await send();
    expect([ok, message]).toEqual([false, 'HTTP 429: slow down, and there was no time for another']);
    expect(performance.now() - before).toBeLessThan(1000);
  });

  it('ends within its limit when the server never answers', async () => {
    sink.answers = [hang, hang, hang, hang];
    const before = performance.now();
    const { ok, message } = await send();
    expect(ok).toBe(false);
    expect(message).toContain('no answer within 0.3 s');
    expect(performance.now() - before).toBeLessThan(2500);
  });

  it('ends within its limit when the body never ends', async () => {
    const drip = (response: Parameters<typeof hang>[0]) => {
      response.writeHead(500);
      response.write('x');
    };
    sink.answers = [drip, drip, drip];
    expect(await send()).toMatchObject({ ok: false, message: expect.stringContaining('no answer within') });
  });

  it('says that a connection was refused', async () => {
    const address = sink.origin;
    await sink.close();
    const [delivery] = await notifierWith(webhook(address)).send(failure);
    expect(delivery).toMatchObject({ ok: false, message: 'the connection was refused (attempt 3)' });
    sink = await HttpSink.open();
  });

  it('follows a redirect on its own host with the same message', async () => {
    sink.answers = [answer(308, '', { location: '/moved' })];
    expect(await send()).toMatchObject({ ok: true });
    expect(sink.received.map(({ method, path }) => [method, path])).toEqual([
      ['POST', `/services/${token}`],
      ['POST', '/moved'],
    ]);
    expect(sink.received[1]!.body).toBe(sink.received[0]!.body);
  });

  it('refuses a redirect to another host, and sends nothing there', async () => {
    const other = await HttpSink.open();
    sink.answers = [answer(307, '', { location: `${other.origin.replace('127.0.0.1', 'localhost')}/in` })];
    const { ok, message } = await send();
    expect([ok, message]).toEqual([false, 'it redirects to another host (localhost), which is refused']);
    expect(other.received).toEqual([]);
    await other.close();
  });

  it('refuses to go round in circles', async () => {
    sink.answers = Array.from({ length: 9 }, () => answer(307, '', { location: '/again' }));
    expect(await send()).toMatchObject({ ok: false, message: 'it redirects more than 3 times' });
    expect(sink.received).toHaveLength(4);
  });

  it('shows no part of its address in what it says', async () => {
    const echo = answer(403, `no such hook: /services/${token} at ${sink.origin}/services/${token}`);
    sink.answers = [echo];
    const { message } = await send();
    expect(message).toMatch(/^HTTP 403: no such hook/);
    expect(message).not.toContain('secret');
  });
});

describe('a heartbeat', () => {
  it('pings start, success and fail as healthchecks has them', async () => {
    const notifier = notifierWith(heartbeat(`${sink.origin}/ping/0b5d?create=1`));
    for (const signal of ['start', 'fail', 'success'] as const)
      await notifier.beat(signal, `about ${signal}`);
    expect(sink.received.map(({ path, body }) => [path, body])).toEqual([
      ['/ping/0b5d/start?create=1', 'about start'],
      ['/ping/0b5d/fail?create=1', 'about fail'],
      ['/ping/0b5d?create=1', 'about success'],
    ]);
  });

  it('gives the ping at the begin one attempt', async () => {
    sink.answers = [answer(500)];
    expect(await notifierWith(heartbeat(sink.origin)).beat('start', '')).toMatchObject([{ ok: false }]);
    expect(sink.received).toHaveLength(1);
  });

  it('takes no messages, and a webhook no pings', async () => {
    const notifier = notifierWith(heartbeat(`${sink.origin}/beat`), webhook(`${sink.origin}/hook`));
    await notifier.send(failure);
    await notifier.beat('success', '');
    expect(sink.received.map(({ path }) => path)).toEqual(['/hook', '/beat']);
  });
});

it('sends on every channel although one of them hangs', async () => {
  const good = await HttpSink.open();
  sink.answers = [hang, hang, hang];
  const deliveries = await notifierWith(webhook(sink.origin), webhook(good.origin)).send(failure);
  expect(deliveries.map(({ ok }) => ok)).toEqual([false, true]);
  await good.close();
});

it('lets a channel that cannot be used fail with its reason', async () => {
  const channel = {
    kind: 'unusable',
    channel: 'mail',
    name: 'ops',
    on: ['failure'],
    reason: 'X is not set',
  } as const;
  const notifier = notifierWith(channel);
  expect(await notifier.send(failure)).toEqual([
    { channel: 'mail ops', what: 'failure', ok: false, message: 'X is not set' },
  ]);
  expect(notifier.wants('failure')).toBe(true);
  expect(notifier.wants('recovery')).toBe(false);
});
