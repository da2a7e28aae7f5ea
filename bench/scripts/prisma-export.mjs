/** The usual backup script, written well: pages by cursor, one line a row, gzip as a stream, and never all in memory. */
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { models, pageSize, prisma } from './prisma-client.mjs';

async function* lines() {
  for (const model of models) {
    let last = null;
    for (;;) {
      const rows = await prisma[model].findMany({
        take: pageSize,
        orderBy: { id: 'asc' },
        ...(last === null ? {} : { skip: 1, cursor: { id: last } }),
      });
      if (rows.length === 0) break;
      yield rows.map((row) => `${JSON.stringify([model, row], encode)}\n`).join('');
      last = rows.at(-1).id;
    }
  }
}

/** What JSON has no form for. Dates and decimals have a `toJSON` of their own. */
function encode(_key, value) {
  if (typeof value === 'bigint') return value.toString();
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
}

try {
  await pipeline(Readable.from(lines()), createGzip({ level: 6 }), createWriteStream(process.argv[2]));
} finally {
  await prisma.$disconnect();
}
