import type { HeartbeatSignal, Notice } from '../ports/notifier.ts';
import type { Deadline } from './deadline.ts';
import type { RetryLimits } from './retry.ts';

export interface Sending {
  readonly deadline: Deadline;
  readonly limits: RetryLimits;
}

/** How a message on one channel ended, without secrets. */
export interface Sent {
  readonly ok: boolean;
  readonly message: string;
}

/** One way to reach the operator. Calls never reject. */
export interface MessageChannel {
  send(notice: Notice, sending: Sending): Promise<Sent>;
}

export interface HeartbeatChannel {
  beat(signal: HeartbeatSignal, text: string, sending: Sending): Promise<Sent>;
}
