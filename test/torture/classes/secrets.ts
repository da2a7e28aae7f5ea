import { CaseTally, hasTime, whole } from '../case-tally.ts';
import { shuffled } from '../dice.ts';
import type { FaultClass, Tally, TortureRequest } from '../fault-class.ts';
import { whyNoServer } from '../rigs/servers.ts';
import { brokenAddresses, Vault } from '../secrets/vault.ts';
import { weakenBuild } from '../weakened-build.ts';

/** No secret of any setting is seen anywhere. */
export const secrets: FaultClass = {
  name: 'secrets',
  title: 'canaries in every setting; every output, file and the list of processes searched',
  whyNot: whyNoServer,
  run: (request) => sweepAll(request),
  async control(request) {
    const { program, remove } = weakenBuild([
      { file: 'notify/redact.js', from: 'let safe = text;', to: 'let safe = text; return safe;' },
    ]);
    try {
      return await sweepAll(request, program);
    } finally {
      remove();
    }
  },
};

interface Sweep {
  readonly label: string;
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Whether printing rows is what the command is for. */
  readonly showsRows?: boolean;
}

/** In the order of an application's life: each finds what the ones before have left. */
function lifeOf(vault: Vault): readonly Sweep[] {
  const consent = ['--confirm', vault.rig.confirmName];
  const { passphraseFile } = vault;
  const lines: readonly (readonly string[])[] = [
    ['backup', 'one'],
    ['backup', 'two'],
    ['backup', 'three', '--passphrase-file', passphraseFile],
    ['list'],
    ['list', '--all'],
    ['show', 'one'],
    ['show', 'three'],
    ['show', 'three', '--passphrase-file', passphraseFile],
    ['validate', 'backup', 'one'],
    ['validate', 'data'],
    ['restore', 'one', '--dry-run', '--clear-existing'],
    ['restore', 'one', '--clear-existing', ...consent],
    ['restore', 'one', '--to', 'backup', '--clear-existing', '--confirm', 'copy'],
    ['undo', ...consent],
    ['pin', 'one'],
    ['unpin', 'one'],
    ['delete', 'two', ...consent],
    ['cleanup', '1'],
    ['auto'],
    ['sync', 'push', '--all'],
    ['sync', 'status'],
    ['verify-remote'],
    ['health'],
    ['doctor'],
    ['history'],
    ['schedule', 'print'],
    ['drive', 'status'],
    ['notify', 'test'],
    ['keys', 'show', vault.identity],
    ['restore', 'nothing-of-that-name'],
  ];
  const showing: readonly (readonly string[])[] = [['show', 'one', '--rows', 'notes']];
  return [
    ...lines.flatMap((argv) => inEveryForm(argv)),
    ...showing.map((argv) => ({ label: argv.join(' '), argv, showsRows: true })),
  ];
}

function inEveryForm(argv: readonly string[]): readonly Sweep[] {
  return [[], ['--verbose'], ['--json']].map((more) => ({
    label: [...argv, ...more].join(' '),
    argv: [...argv, ...more],
  }));
}

/** Commands that need the database, with addresses that cannot work. */
function failures(vault: Vault): readonly Sweep[] {
  const commands = [
    ['backup', '--verbose'],
    ['doctor'],
    ['restore', 'one', '--clear-existing', '--confirm', 'x', '--json'],
    ['auto', '--json'],
    ['health', '--verbose'],
  ];
  return Object.entries(brokenAddresses(vault.env['DATABASE_URL']!)).flatMap(([label, url]) => [
    ...commands.map((argv) => ({ label: `${argv.join(' ')}, ${label}`, argv, env: { DATABASE_URL: url } })),
    {
      label: `restore --to backup, ${label}`,
      argv: ['restore', 'one', '--to', 'backup', '--dry-run', '--verbose'],
      env: { BACKUP_DATABASE_URL: url },
    },
  ]);
}

async function sweepAll(request: TortureRequest, program?: string): Promise<Tally> {
  const tally = new CaseTally(whole(request));
  const vault = await Vault.open();
  try {
    const life = lifeOf(vault);
    // What the control takes away is what keeps the answers of services from being repeated.
    const isTest = ({ argv }: Sweep) => argv[0] === 'notify';
    const rest = program === undefined ? [...life.slice(3), ...failures(vault)] : life.filter(isTest);
    // In a full run in order; a shard begins with the backups that the rest needs.
    const sweeps = request.mode === 'full' ? rest : shuffled(rest, request.seed);
    const first = program === undefined ? life.slice(0, 3) : [];
    for (const { label, argv, ...options } of [...first, ...sweeps]) {
      if (!hasTime(request, tally)) break;
      await tally.attempt(label, () =>
        vault.sweep(argv, { ...options, ...(program === undefined ? {} : { program }) }),
      );
    }
    request.tell(`${tally.tried} command lines, ${tally.violations.length} violations`);
  } finally {
    await vault.close();
  }
  return tally;
}
