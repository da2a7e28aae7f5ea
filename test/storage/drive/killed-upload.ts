/**
 * Uploads a file in a process that a test can end: `killed-upload.ts <origin> <folder with the secrets> <file>`. What
 * has to be remembered is kept beside the file, as in a backup folder.
 */
import { createHash } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { UploadMemory, UploadSource } from '../../../src/ports/store.ts';
import { openDrive } from '../../../src/storage/drive/open-drive.ts';
import { removeFile, writeFileAtomically } from '../../../src/util/atomic-file.ts';

const unit = 256 * 1024;
const [origin = '', secrets = '', file = ''] = process.argv.slice(2);
const content = readFileSync(file);
const source: UploadSource = {
  bytes: content.length,
  sha256: createHash('sha256').update(content).digest('hex'),
  md5: createHash('md5').update(content).digest('hex'),
  open: ({ start, end }) => createReadStream(file, { start, end: end - 1 }),
};
const memory: UploadMemory = {
  read: () => readFile(`${file}.memory`, 'utf8').catch(() => null),
  write: (text) => writeFileAtomically(`${file}.memory`, text),
  forget: () => removeFile(`${file}.memory`),
};
const access = openDrive(
  {
    ...{ kind: 'drive', name: 'drive', folder: 'Holdfast Backups' },
    credentials: {
      kind: 'person',
      client: { path: path.join(secrets, 'client_secret.json') },
      tokenPath: path.join(secrets, 'token', 'drive.json'),
    },
  },
  {
    ...{ now: () => new Date(), endpoints: { origin }, pauseMs: 50 },
    sizes: { smallBytes: 100_000, chunkBytes: Number(process.argv[5] ?? unit), chunkMs: 60_000 },
  },
);
await access.openStore().put(path.basename(file), source, { memory });
