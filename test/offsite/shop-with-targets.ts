import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Shop } from '../cli/shop.ts';
import { makeTempFolder } from '../support/sqlite.ts';

/** The small shop with folders as targets: `disk` is required, `stick` is not. */
export class ShopWithTargets extends Shop {
  readonly disk: string;
  readonly stick: string;

  constructor(more: Readonly<Record<string, object>> = {}) {
    super();
    [this.disk, this.stick] = [path.join(makeTempFolder(), 'disk'), path.join(makeTempFolder(), 'stick')];
    mkdirSync(this.disk);
    mkdirSync(this.stick);
    this.setTargets({
      disk: { kind: 'folder', path: this.disk, required: true, ...more['disk'] },
      stick: { kind: 'folder', path: this.stick, ...more['stick'] },
    });
  }

  setTargets(targets: object): void {
    writeFileSync(path.join(this.folder, 'holdfast.config.json'), JSON.stringify({ targets }));
  }
}

/** Names and contents of a flat folder, without what runs write for themselves. */
export function contentOf(folder: string): Readonly<Record<string, string>> {
  const names = readdirSync(folder).filter((name) => !name.startsWith('.') && !name.startsWith('history.db'));
  return Object.fromEntries(names.sort().map((name) => [name, readContent(path.join(folder, name))]));
}

/** The order of a sidecar's fields means nothing. */
function readContent(file: string): string {
  const text = readFileSync(file, 'latin1');
  if (!file.endsWith('.meta.json')) return text;
  const entries = Object.entries(JSON.parse(text) as object).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(Object.fromEntries(entries), null, 1);
}
