import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { mysqlEngine } from '../../../src/database/mysql/engine.ts';
import type { RestoreJournal } from '../../../src/ports/database.ts';
import { describeEngine, mysqlServer } from '../../support/engines.ts';
import { createMysql, digestMysql, listMysqlTriggers } from '../../support/mysql.ts';

const child = join(import.meta.dirname, 'restore-child.ts');
const tables = [
  'CREATE TABLE a (id int AUTO_INCREMENT PRIMARY KEY, v varchar(200))',
  'CREATE TABLE b (id int AUTO_INCREMENT PRIMARY KEY, v varchar(200))',
];

/** Runs the child, kills it when it says the step, or lets it end; what it has said. */
function runUntil(step: string, source: string, target: string): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const running = spawn(process.execPath, ['--import', 'tsx', child, source, target], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    let errors = '';
    running.stderr.on('data', (chunk) => (errors += chunk));
    running.stdout.on('data', (chunk) => {
      said += chunk;
      if (said.split('\n').some((line) => line.startsWith(step))) running.kill('SIGKILL');
    });
    running.on('close', (code, signal) => {
      if (code !== 0 && signal !== 'SIGKILL') reject(new Error(errors));
      else resolve(said.split('\n'));
    });
  });
}

/** Rows and checksums, without counters, which may be higher after a restore that was taken back. */
async function rowsOf(connection: Parameters<typeof digestMysql>[0]): Promise<string[]> {
  return (await digestMysql(connection)).map((line) => line.replace(/, next id.*/, ''));
}

describeEngine(mysqlServer, 'a restore that is killed', () => {
  it('leaves the rows as before or as after, and its journal brings the triggers back', async () => {
    await using source = await createMysql('mye_src', {
      statements: [
        ...tables,
        `INSERT INTO a SELECT seq, REPEAT('n', 150) FROM seq_1_to_12000`,
        `INSERT INTO b SELECT seq, REPEAT('m', 150) FROM seq_1_to_12000`,
      ],
    });
    const after = await rowsOf(source.connection);
    const seen = new Set<string>();
    const steps = [
      'journal',
      'opened',
      'cleared',
      'a 0',
      'a 3',
      'a 6',
      'b 0',
      'b 2',
      'b 5',
      'committing',
      'committed',
      'never',
    ];
    for (const step of steps) {
      await using target = await createMysql('mye_dst', {
        statements: [
          ...tables,
          `INSERT INTO a SELECT seq, 'old' FROM seq_1_to_3000`,
          `CREATE TRIGGER t1 BEFORE INSERT ON a FOR EACH ROW SET NEW.v = 'changed'`,
          `CREATE TRIGGER t2 AFTER DELETE ON a FOR EACH ROW INSERT INTO b (v) VALUES (OLD.v)`,
        ],
      });
      const before = await rowsOf(target.connection);
      const triggers = await listMysqlTriggers(target.connection);
      const said = await runUntil(step, source.url, target.url);
      // The lock of the dead restore ends when the server has taken it back.
      await target.connection.query('SELECT COUNT(*) FROM a FOR UPDATE; SELECT COUNT(*) FROM b FOR UPDATE');
      const now = await rowsOf(target.connection);
      expect([before, after]).toContainEqual(now);
      seen.add(JSON.stringify(now) === JSON.stringify(after) ? 'after' : 'before');
      const journal: RestoreJournal = JSON.parse(
        said.find((line) => line.startsWith('journal'))!.slice('journal '.length),
      );
      const database = await mysqlEngine.open(target.target, { lockTimeoutMs: 5000 });
      await database.finishRestore(journal);
      await database.close();
      expect(await listMysqlTriggers(target.connection)).toEqual(triggers);
      expect(await rowsOf(target.connection)).toEqual(now);
    }
    expect([...seen].sort()).toEqual(['after', 'before']);
  }, 120_000);
});
