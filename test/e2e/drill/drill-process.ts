/**
 * A drill in a process of its own, for tests that kill it: stands still at the begin of the given phase, says so on
 * standard output, and goes no further.
 */
import { writeSync } from 'node:fs';
import { openPorts } from '../../../src/app.ts';
import { drill } from '../../../src/operations/drill.ts';
import type { DatabaseTarget } from '../../../src/ports/database.ts';
import { drillOf } from './drill-request.ts';

export interface DrillOrder {
  readonly folder: string;
  readonly target: DatabaseTarget;
  readonly phase: string;
}

const order = JSON.parse(process.argv[2]!) as DrillOrder;

const progress = {
  phase(label: string) {
    if (label !== order.phase) return;
    writeSync(1, 'standing still\n');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  },
  item() {},
  advance() {},
  note() {},
};

await drill(openPorts({ backupDir: order.folder, progress }), drillOf(order.target, order.folder));
writeSync(1, 'done\n');
