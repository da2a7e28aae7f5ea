/** Brings back what prisma-export.mjs wrote: `createMany` in batches, in one transaction, each value of its own type. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { models, Prisma, pageSize, prisma } from './prisma-client.mjs';

/** Only what comes back from JSON as another type. Prisma takes dates and decimals as text. */
const decoders = {
  BigInt: (text) => BigInt(text),
  Bytes: (text) => Buffer.from(text, 'base64'),
};

const converted = Object.fromEntries(
  Prisma.dmmf.datamodel.models.map(({ name, fields }) => [
    name.toLowerCase(),
    fields.filter(({ type }) => type in decoders).map(({ name, type }) => [name, decoders[type]]),
  ]),
);

function decode(model, row) {
  for (const [name, decoder] of converted[model]) if (row[name] !== null) row[name] = decoder(row[name]);
  return row;
}

async function importAll(transaction, file) {
  let [model, batch] = [models[0], []];
  const flush = async () => {
    if (batch.length > 0) await transaction[model].createMany({ data: batch });
    batch = [];
  };
  for await (const line of createInterface({ input: createReadStream(file).pipe(createGunzip()) })) {
    const [next, row] = JSON.parse(line);
    if (next !== model || batch.length === pageSize) await flush();
    model = next;
    batch.push(decode(model, row));
  }
  await flush();
}

try {
  await prisma.$transaction((transaction) => importAll(transaction, process.argv[2]), {
    timeout: 86_400_000,
  });
} finally {
  await prisma.$disconnect();
}
