import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { openMysqlRig } from '../../e2e/rigs/mysql-rig.ts';
import { openPostgresRig } from '../../e2e/rigs/postgres-rig.ts';
import type { Rig } from '../../e2e/rigs/rig.ts';
import { openSqliteRig } from '../../e2e/rigs/sqlite-rig.ts';
import { mysqlServer, postgresServer } from '../../support/engines.ts';
import { CaseTally, hasTime, partsFor, whole } from '../case-tally.ts';
import type { CaseResult, FaultClass, TortureRequest } from '../fault-class.ts';
import { runMeasured } from '../memory/peak.ts';
import { whyNoServer } from '../rigs/servers.ts';
import { weakenBuild } from '../weakened-build.ts';

/** No command may take more, whatever the size of the database. */
const boundMegabytes = 256;
/** Of V8's own heap, in megabytes: far below what the rows would need. */
const heapLimit = '--max-old-space-size=64';
const rowsOf = { quick: 200_000, full: 10_000_000 } as const;

/** Memory does not depend on the size of the database. */
export const memory: FaultClass = {
  name: 'memory',
  title: `10 million rows (quick: 200,000) within ${boundMegabytes} MB, with ${heapLimit}`,
  whyNot: async () => (await whyNoServer()) ?? (existsSync('/proc/self/status') ? null : 'there is no /proc'),
  async run(request) {
    const tally = new CaseTally(whole(request));
    for (const one of partsFor(contents, request)) {
      if (!hasTime(request, tally)) break;
      await measureEngine(one, { request, tally });
    }
    return tally;
  },
  /** The program reads its rows to the end before it writes the first. */
  async control(request) {
    const tally = new CaseTally(whole(request));
    const { program, remove } = weakenBuild([
      {
        file: 'snapshot/writer.js',
        from: 'for await (const chunk of rows) {',
        to: 'const all = []; for await (const chunk of rows) all.push({ ...chunk, bytes: Buffer.from(chunk.bytes) }); for (const chunk of all) {',
      },
    ]);
    try {
      await measureEngine(contents[1]!, {
        request,
        tally,
        program,
        rows: request.mode === 'quick' ? 1_000_000 : 2_000_000,
      });
    } finally {
      remove();
    }
    return tally;
  },
};

interface Content {
  readonly label: string;
  readonly open: () => Rig | Promise<Rig>;
  /** Fills `big` with so many rows. */
  readonly fill: (rows: number) => string;
}

const text = `'a text of a certain length, as many tables hold it, number '`;
const contents: readonly Content[] = [
  {
    label: 'SQLite',
    open: () => openSqliteRig(),
    fill: (rows) =>
      `INSERT INTO big WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows}) SELECT i, ${text} || i, i * 7 FROM n`,
  },
  {
    label: 'PostgreSQL',
    open: () => openPostgresRig(postgresServer.url),
    fill: (rows) => `INSERT INTO big SELECT i, ${text} || i, i * 7 FROM generate_series(1, ${rows}) AS i`,
  },
  {
    label: 'MariaDB',
    open: () => openMysqlRig(mysqlServer.url),
    fill: (rows) => `INSERT INTO big SELECT seq, CONCAT(${text}, seq), seq * 7 FROM seq_1_to_${rows}`,
  },
];

interface Measuring {
  readonly request: TortureRequest;
  readonly tally: CaseTally;
  readonly program?: string;
  readonly rows?: number;
}

async function measureEngine(
  { label, open, fill }: Content,
  { request, tally, program, rows = rowsOf[request.mode] }: Measuring,
): Promise<void> {
  const rig = await open();
  try {
    await rig.execute(
      'CREATE TABLE big (id BIGINT PRIMARY KEY, text VARCHAR(200), number BIGINT)',
      fill(rows),
    );
    const consent = ['--confirm', rig.confirmName];
    const commands = [
      ['backup', 'big'],
      ['validate', 'backup', 'big'],
      ['restore', 'big', '--dry-run', '--clear-existing'],
      ['restore', 'big', '--clear-existing', ...consent],
      ['export-sql', 'big', '-o', path.join(rig.folder, 'big.sql')],
    ];
    for (const argv of program === undefined ? commands : commands.slice(0, 1)) {
      if (!hasTime(request, tally)) break;
      await tally.attempt(`${label}, ${rows} rows, ${argv[0]} ${argv[1]}`, () =>
        measure(rig, { argv, request, ...(program === undefined ? {} : { program }) }),
      );
    }
  } finally {
    await rig.drop();
    rmSync(rig.folder, { recursive: true, force: true });
  }
}

async function measure(
  rig: Rig,
  {
    argv,
    request,
    program,
  }: { readonly argv: readonly string[]; readonly request: TortureRequest; readonly program?: string },
): Promise<CaseResult> {
  const { result, peakMegabytes } = await runMeasured(argv, {
    cwd: rig.folder,
    env: rig.env,
    nodeArguments: [heapLimit],
    ...(program === undefined ? {} : { program }),
  });
  request.tell(`${rig.engine}, ${argv[0]}: ${peakMegabytes.toFixed(0)} MB`);
  const broken = peakMegabytes <= boundMegabytes ? [] : [`it takes ${peakMegabytes.toFixed(0)} MB`];
  if (result.exitCode !== 0) broken.push(`exit ${result.exitCode}: ${result.stderr.slice(0, 300)}`);
  return { fired: peakMegabytes > 0, violations: broken };
}
