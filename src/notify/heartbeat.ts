import type { HeartbeatSettings, HeartbeatSignal, HttpAddress } from '../ports/notifier.ts';
import type { HeartbeatChannel } from './channel.ts';
import { post } from './http.ts';
import { withRetries } from './retry.ts';

/** Where each signal goes, as healthchecks.io has it: the address itself is the success. */
const endings: Readonly<Record<HeartbeatSignal, string>> = { start: '/start', success: '', fail: '/fail' };

/** Pings an address that raises an alarm by itself when nothing comes. */
export function createHeartbeat(settings: HeartbeatSettings): HeartbeatChannel {
  return {
    beat(signal, text, { deadline, limits }) {
      const address = addressFor(settings, signal);
      const message = { body: text, contentType: 'text/plain; charset=utf-8' };
      return withRetries(limits, deadline, (timeoutMs) => post(address, message, timeoutMs));
    },
  };
}

function addressFor({ url, headers }: HttpAddress, signal: HeartbeatSignal): HttpAddress {
  const address = new URL(url);
  address.pathname = `${address.pathname.replace(/\/+$/, '')}${endings[signal]}`;
  return { url: address.href, headers };
}
