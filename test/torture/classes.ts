import { clock } from './classes/clock.ts';
import { concurrency } from './classes/concurrency.ts';
import { consistency } from './classes/consistency.ts';
import { damage } from './classes/damage.ts';
import { database } from './classes/database.ts';
import { diskFull } from './classes/disk-full.ts';
import { hostile } from './classes/hostile.ts';
import { inProcess } from './classes/in-process.ts';
import { ioErrors } from './classes/io-errors.ts';
import { kill } from './classes/kill.ts';
import { memory } from './classes/memory.ts';
import { oldVersions } from './classes/old-versions.ts';
import { powerCut } from './classes/power-cut.ts';
import { secrets } from './classes/secrets.ts';
import type { FaultClass } from './fault-class.ts';

/** Every fault class, in the order of the table. */
export const faultClasses: readonly FaultClass[] = [
  ...[kill, ioErrors, diskFull, inProcess, powerCut],
  ...[damage, hostile],
  ...[database, consistency, concurrency, clock, oldVersions, memory, secrets],
];
