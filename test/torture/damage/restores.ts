import { writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { mustRun } from '../../e2e/rigs/rig.ts';
import { openSqliteRig } from '../../e2e/rigs/sqlite-rig.ts';
import { documentOf, keptFiles } from '../../support/cli.ts';
import type { Case } from '../cases.ts';
import { makeDice } from '../dice.ts';
import { createBooks } from '../stage/books.ts';

const restores = 60;

/**
 * Whole restores of damaged snapshots of the very database, by the command: each must refuse with the database and the
 * backup folder as they were.
 */
export async function refusedRestores(seed: number): Promise<Case[]> {
  const rig = openSqliteRig();
  await createBooks(rig);
  const good = await mustRun(rig, 'backup', 'good', '--json');
  const file = String((documentOf(good)['snapshot'] as { path: string }).path);
  const bytes = keptFiles(path.dirname(file)).get('good.json.gz')!;
  const bad = path.join(rig.folder, 'elsewhere', 'bad.json.gz');
  await mkdir(path.dirname(bad));
  await rig.execute('DELETE FROM orders WHERE id = 1');
  const roll = makeDice(seed);
  const damages = Array.from({ length: restores }, () => {
    const offset = Math.floor(roll() * bytes.length);
    return { offset, mask: 1 << Math.floor(roll() * 8) };
  });
  return damages.map(({ offset, mask }) => ({
    name: `restore with byte ${offset} changed by ${mask}`,
    async run() {
      const damaged = Buffer.from(bytes, 'latin1');
      damaged[offset]! ^= mask;
      writeFileSync(bad, damaged);
      const [before, files] = [await rig.digest(), JSON.stringify([...keptFiles(path.dirname(file))])];
      const { exitCode, stdout } = await rig.run(
        'restore',
        bad,
        '--clear-existing',
        '--confirm',
        'app.db',
        '--json',
      );
      const violations = [
        ...(exitCode === 2 ? [] : [`exit ${exitCode}: ${stdout}`]),
        ...(JSON.stringify(await rig.digest()) === JSON.stringify(before)
          ? []
          : ['the database was changed']),
        ...(JSON.stringify([...keptFiles(path.dirname(file))]) === files
          ? []
          : ['the backup folder was changed']),
      ];
      return { fired: true, violations };
    },
  }));
}
