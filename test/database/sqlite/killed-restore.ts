import { capture, fill, open, requestFor } from './round-trip.ts';

/** Started as a process of its own: fills the file in the transaction of a restore, says so, and waits to be killed. */
async function main(file: string): Promise<void> {
  const captured = await capture(file);
  const database = await open(file);
  const transaction = await database.openRestore(requestFor(captured.catalogue.tables));
  await transaction.clear(captured.catalogue.tables);
  await fill(transaction, captured);
  process.stdout.write('filled');
  setInterval(() => undefined, 1000);
}

await main(process.argv[2]!);
