import { AppError } from '../../../src/errors.ts';
import { capture } from './round-trip.ts';

/** Started as another user: prints how many rows table `t` of the file has, or the code of the failure. */
async function main(file: string): Promise<void> {
  const { chunks } = await capture(file);
  print({ rows: chunks.get('t')!.reduce((sum, chunk) => sum + chunk.rows, 0) });
}

function print(result: unknown): void {
  process.stdout.write(JSON.stringify(result));
}

main(process.argv[2]!).catch((error: unknown) => {
  if (!(error instanceof AppError)) throw error;
  print({ code: error.code, message: error.message });
});
