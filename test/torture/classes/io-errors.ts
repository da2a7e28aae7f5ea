import type { FaultClass } from '../fault-class.ts';
import { type CallFault, type MetFault, tryCallFaults, tryNaiveFaults } from '../stage/call-faults.ts';
import { judgeAftermath } from '../stage/laws.ts';
import type { Stage } from '../stage/stage.ts';
import { type CallPoint, whyNoStrace } from '../stage/strace.ts';

/** SQLite has words of its own for whatever its file could not do. */
const sqliteWords = 'disk I/O error|database or disk is full|unable to open database file';

/** What the operator must be able to read of each error. */
const causes: Readonly<Record<string, RegExp>> = {
  ENOSPC: new RegExp(`ENOSPC|no space|${sqliteWords}`, 'i'),
  EDQUOT: new RegExp(`EDQUOT|quota|${sqliteWords}`, 'i'),
  EIO: new RegExp(`EIO|i/o error|${sqliteWords}`, 'i'),
  EMFILE: new RegExp(`EMFILE|too many open files|${sqliteWords}`, 'i'),
};

const opening = ['openat', 'creat'];
/** Calls that take room on a disk. */
const growing = [
  'write',
  'pwrite64',
  'writev',
  'pwritev',
  'mkdir',
  'link',
  'rename',
  'fsync',
  'fdatasync',
  'fallocate',
];

const faults: readonly CallFault[] = Object.keys(causes).map((name) => ({
  name,
  what: `error=${name}`,
  fits: (point) => canMeet(name, point),
  hasFired: ({ log }) => log.includes('(INJECTED)'),
  judge: (stage, met) => judgeError(stage, met, causes[name]!),
}));

/** The system refuses a call of the program. */
export const ioErrors: FaultClass = {
  name: 'io-errors',
  title: 'ENOSPC, EIO, EDQUOT and EMFILE from every file system call of every command that writes',
  whyNot: async () => whyNoStrace(),
  run: (request) => tryCallFaults(request, faults, { folderCommandsOn: 'sqlite' }),
  control: (request) => tryNaiveFaults(request, faults),
};

function canMeet(name: string, { call, isReading }: CallPoint): boolean {
  if (name === 'EIO') return true;
  if (opening.includes(call)) return name === 'EMFILE' || !isReading;
  return name !== 'EMFILE' && growing.includes(call);
}

async function judgeError(stage: Stage, met: MetFault, cause: RegExp): Promise<string[]> {
  const { scenario, clean, run } = met;
  return [
    ...judgeWords(run, cause),
    ...(await judgeAftermath(stage, { scenario, clean, stdout: run.stdout })),
  ];
}

function judgeWords({ exitCode, signal, stdout, stderr }: MetFault['run'], cause: RegExp): string[] {
  const said = `${stdout}${stderr}`;
  if (signal !== null) return [`it died of ${signal}: ${said.slice(0, 300)}`];
  if (exitCode === 0) return [];
  if (exitCode === 1 || exitCode === null) return [`taken for a bug of the program: ${said.slice(0, 900)}`];
  return cause.test(said)
    ? []
    : [`exit ${exitCode}, and the message does not name the cause: ${said.slice(0, 400)}`];
}
