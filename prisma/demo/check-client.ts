/** Proves that the application can go on: Prisma Client reads and writes the database at DATABASE_URL. */
import { checkWithPrisma } from './client.ts';

const url = process.env['DATABASE_URL'];

if (url === undefined) {
  process.stderr.write('Set DATABASE_URL to the file of the demo database, such as file:./stocktake.db\n');
  process.exitCode = 2;
} else {
  for (const sentence of await checkWithPrisma(url)) process.stdout.write(`  - ${sentence}\n`);
}
