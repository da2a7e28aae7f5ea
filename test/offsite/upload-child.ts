import { openUploadMemory } from '../../src/storage/local/upload-memory.ts';
import { s3StoreAt } from '../support/hostile-s3.ts';
import { someBytes, sourceOf } from '../support/upload-source.ts';

/** Uploads until it is killed: `tsx upload-child.ts <endpoint> <folder>`. */
const [endpoint, folder] = process.argv.slice(2);
await s3StoreAt(endpoint!, 1000).put('a.json.gz', sourceOf(someBytes(3500)), {
  memory: openUploadMemory(folder!, 's3', 'a.json.gz'),
});
