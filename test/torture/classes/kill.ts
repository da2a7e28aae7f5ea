import type { FaultClass } from '../fault-class.ts';
import { type CallFault, tryCallFaults, tryNaiveFaults } from '../stage/call-faults.ts';
import { judgeAftermath } from '../stage/laws.ts';
import { whyNoStrace } from '../stage/strace.ts';

const killed: CallFault = {
  name: 'KILL',
  what: 'signal=KILL',
  // Before an opening that only reads, the disk is as before the next change.
  fits: ({ isReading }) => !isReading,
  hasFired: ({ signal }) => signal === 'SIGKILL',
  judge: (stage, { scenario, clean, run }) => judgeAftermath(stage, { scenario, clean, stdout: run.stdout }),
};

/** The process dies right before each of its calls: whatever it had written until then is all there is. */
export const kill: FaultClass = {
  name: 'kill',
  title: 'kill -9 at every file system call of every command that writes, on each engine',
  whyNot: async () => whyNoStrace(),
  run: (request) => tryCallFaults(request, [killed]),
  control: (request) => tryNaiveFaults(request, [killed]),
};
