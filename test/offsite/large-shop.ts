import { startBinary } from '../support/cli.ts';
import { ShopWithTargets } from './shop-with-targets.ts';

/** A shop whose snapshot has about 13 MB: three parts of S3, two chunks of Google Drive. */
export class LargeShop extends ShopWithTargets {
  constructor() {
    super();
    this.change(`
      CREATE TABLE pictures (id INTEGER PRIMARY KEY, content BLOB NOT NULL);
      WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 24)
      INSERT INTO pictures (content) SELECT randomblob(500000) FROM numbers;
    `);
  }

  /** Starts the real program; `program` is another one that runs the same command line. */
  start(argv: readonly string[], program?: string): ReturnType<typeof startBinary> {
    return startBinary(argv, {
      cwd: this.folder,
      env: this.env,
      ...(program === undefined ? {} : { program }),
    });
  }
}
