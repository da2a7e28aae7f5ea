import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { createSeal, type Seal } from '../../src/crypto/seal.ts';
import { createUnlock } from '../../src/crypto/unlock.ts';
import { backup } from '../../src/operations/backup.ts';
import { restore } from '../../src/operations/restore.ts';
import { undo } from '../../src/operations/undo.ts';
import { verifySnapshot } from '../../src/snapshot/verify.ts';
import { makeKeys } from '../support/age.ts';
import { type AppDatabase, appEngines } from '../support/operations/database.ts';
import { refusal } from '../support/operations/refusal.ts';
import { backupOf, restoreOf, undoOf } from '../support/operations/requests.ts';
import { openShop, type Shop, shopDamage } from '../support/operations/shop.ts';

const keys = await makeKeys();
const seal = createSeal({ recipients: [keys.recipient] });
const unlock = createUnlock({ identities: [keys.identity], passphrase: null });

for (const engine of appEngines) {
  engine.suite(`encrypted snapshots of ${engine.label}`, () => {
    const opened: AppDatabase[] = [];
    const open = async (): Promise<Shop> => {
      const shop = await openShop(engine);
      opened.push(shop.database);
      return shop;
    };
    afterEach(async () => {
      for (const database of opened.splice(0)) await database.drop();
    });
    const replaceIn = ({ database, target }: Shop) =>
      restoreOf(target, { policy: 'replace', confirm: database.confirmName });

    it('bring every row back, and back again', async () => {
      const shop = await open();
      const good = await shop.database.digest();
      await backup({ ...shop.ports, seal }, backupOf(shop.target));
      await shop.database.run(...shopDamage);
      const bad = await shop.database.digest();
      const ports = { ...shop.ports, seal, unlock };
      await restore(ports, replaceIn(shop));
      expect(await shop.database.digest()).toEqual(good);
      await undo(ports, undoOf(shop.target, { confirm: shop.database.confirmName }));
      expect(await shop.database.digest()).toEqual(bad);
    });

    it('are compared with under the locks of a restore, without any key, and undone with one', async () => {
      const shop = await open();
      await backup(shop.ports, backupOf(shop.target));
      await shop.database.run(...shopDamage);
      const bad = await shop.database.digest();
      const { warnings, safety } = await restore({ ...shop.ports, seal }, replaceIn(shop));
      expect([warnings, safety?.path]).toEqual([
        [expect.stringContaining('will need the identity')],
        expect.stringMatching(/\.age$/),
      ]);
      const undoing = undoOf(shop.target, { confirm: shop.database.confirmName });
      await refusal('ENCRYPTION.IDENTITY_MISSING', undo({ ...shop.ports, seal }, undoing));
      await undo({ ...shop.ports, seal, unlock }, undoing);
      expect(await shop.database.digest()).toEqual(bad);
    });

    it('get no name when the disk stores another byte than was sent', async () => {
      const shop = await open();
      const stored: Buffer[] = [];
      const spoilt = spoil(seal, stored);
      await refusal('SNAPSHOT.CHECKSUM', backup({ ...shop.ports, seal: spoilt }, backupOf(shop.target)));
      expect(readdirSync(shop.folder).filter((name) => /age|partial/.test(name))).toEqual([]);
      // The control: without the reading back this file would have got its name, and it cannot be opened.
      const lost = path.join(shop.folder, 'lost.json.gz.age');
      writeFileSync(lost, Buffer.concat(stored));
      expect(await verifySnapshot(lost, { unlock })).toMatchObject([{ code: 'SNAPSHOT.CHECKSUM' }]);
    });
  });
}

/** The same seal onto a disk that changes the last byte that it is given; what it has stored goes to `stored`. */
function spoil(inner: Seal, stored: Buffer[]): Seal {
  return (sink) =>
    inner(async (bytes) => {
      const changed = Buffer.from(bytes);
      if (changed.length > 500) changed[changed.length - 1]! ^= 1;
      stored.push(changed);
      await sink(changed);
    });
}
