import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';

/** Where thousands of small databases and snapshots are made and removed: in memory where the system has such a place. */
export const scratchRoot = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
