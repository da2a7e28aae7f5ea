import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { damage, Shop } from '../../cli/shop.ts';
import { leftovers } from '../../support/cli.ts';
import { digestSqlite, makeTempFolder } from '../../support/sqlite.ts';

/** A shop whose folder every trial finds in the same state. */
export class Arena {
  readonly shop = new Shop();
  readonly #kept = makeTempFolder();
  readonly #disk = makeTempFolder();
  #states: readonly string[] = [];

  /** Snapshots, a restore that can be undone, a target for copies; the tiers are due. */
  async open(): Promise<void> {
    const { shop } = this;
    const targets = { disk: { kind: 'folder', path: this.#disk } };
    writeFileSync(path.join(shop.folder, 'holdfast.config.json'), JSON.stringify({ targets }));
    const states = [this.#digest()];
    await shop.backUp('first');
    shop.change(damage);
    states.push(this.#digest());
    await shop.backUp('second');
    await shop.backUp('spare');
    shop.change(`INSERT INTO audit VALUES ('later')`);
    states.push(this.#digest());
    const restored = await shop.run('restore', 'second', '--clear-existing', '--confirm', 'app.db');
    if (restored.exitCode !== 0) throw new Error(restored.stderr);
    states.push(this.#digest());
    this.#states = states;
    cpSync(shop.folder, this.#kept, { recursive: true });
  }

  /** Puts everything back as it was after `open`. */
  reset(): void {
    for (const name of readdirSync(this.shop.folder)) {
      rmSync(path.join(this.shop.folder, name), { recursive: true, force: true });
    }
    cpSync(this.#kept, this.shop.folder, { recursive: true });
    rmSync(this.#disk, { recursive: true, force: true });
    mkdirSync(this.#disk);
  }

  /** The laws that hold when every process has ended. */
  async examine(): Promise<readonly string[]> {
    const { shop } = this;
    const broken = leftovers(shop.backups).map((name) => `${name} is left`);
    if (!this.#states.includes(this.#digest()))
      broken.push('the database is in a state that no command makes');
    if (!this.isLockFree()) broken.push('the run lock is not free');
    for (const name of readdirSync(shop.backups).filter((one) => /\.json\.gz$/.test(one))) {
      const { exitCode, stderr } = await shop.run('validate', 'backup', name);
      if (exitCode !== 0) broken.push(`${name} is not good: ${stderr}`);
    }
    return broken;
  }

  isLockFree(): boolean {
    const lock = new Database(path.join(this.shop.backups, '.holdfast.lock'), { timeout: 0 });
    try {
      lock.exec('BEGIN EXCLUSIVE; ROLLBACK');
      return true;
    } catch {
      return false;
    } finally {
      lock.close();
    }
  }

  #digest(): string {
    // What a restored table's counter says is decided by which restore was the last, so it is not a state of its own.
    const entries = Object.entries(digestSqlite(this.shop.file)).filter(
      ([name]) => !name.startsWith('sequence '),
    );
    return JSON.stringify(entries);
  }
}
