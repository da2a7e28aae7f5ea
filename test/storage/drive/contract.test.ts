import { copyMark } from '../../../src/storage/drive/drive-file.ts';
import { openDriveRig, unit } from '../../support/drive-rig.ts';
import { describeStore, type StoreBench } from '../../support/store-contract.ts';

async function openBench(credentials: 'person' | 'service account'): Promise<StoreBench> {
  const { fake, store, close } = await openDriveRig({ credentials });
  fake.files.pageLimit = 10;
  return {
    store,
    largeBytes: 3 * unit + 77,
    manyObjects: 12,
    async plantForeign() {
      const [folder] = fake.files.named('Holdfast Backups');
      const parents = [folder!.id];
      const content = Buffer.from('x');
      const made = [
        fake.files.add({ name: 'backup-of-others.json.gz', parents, content, app: 'another application' }),
        fake.files.add({ name: 'backup-by-hand.json.gz', parents, content, app: folder!.app }),
        fake.files.add({ name: 'notes.txt', parents, content, app: folder!.app, appProperties: copyMark }),
      ];
      return async () => made.every(({ id }) => fake.files.all.has(id));
    },
    close,
  };
}

describeStore('Google Drive of a person', () => openBench('person'));
describeStore('a shared drive of Google, with a service account,', () => openBench('service account'));
