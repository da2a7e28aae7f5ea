/** Makes the demo database: `tsx prisma/demo/create.ts <new file> [rows]`. */
import { join, resolve } from 'node:path';
import { createDemoDatabase, defaultRows } from './database.ts';
import { smallestShop } from './seed/fill.ts';

const [file, rowsText = String(defaultRows)] = process.argv.slice(2);
const rows = Number(rowsText);

if (file === undefined || !Number.isSafeInteger(rows) || rows < smallestShop) {
  process.stderr.write(`Usage: create.ts <new file> [rows, a whole number from ${smallestShop}]\n`);
  process.exitCode = 2;
} else {
  createDemoDatabase(resolve(file), rows);
  process.stdout.write(`${rows.toLocaleString('en')} rows in ${join(file)}\n`);
}
