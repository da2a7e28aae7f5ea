/**
 * A restore in a process of its own, for tests that kill it: stands still at the given place, says so on standard
 * output, and goes no further.
 */
import { writeSync } from 'node:fs';
import { restore } from '../../../src/operations/restore.ts';
import type { RestoreRequest } from '../../../src/operations/restoring/request.ts';
import { portsFor, restoreOf } from './requests.ts';

export interface RestoreOrder {
  readonly folder: string;
  readonly request: Pick<RestoreRequest, 'target'> & Partial<RestoreRequest>;
  /** The phase, and the item of it, at which to stand still. */
  readonly phase: string;
  readonly item: string | null;
}

const order = JSON.parse(process.argv[2]!) as RestoreOrder;
let current = '';

function stopAt(phase: string, item: string | null): void {
  if (phase !== order.phase || item !== order.item) return;
  writeSync(1, 'standing still\n');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

const progress = {
  phase(label: string) {
    current = label;
    stopAt(label, null);
  },
  item(name: string) {
    stopAt(current, name);
  },
};

await restore(portsFor(order.folder, { progress }), restoreOf(order.request.target, order.request));
writeSync(1, 'done\n');
