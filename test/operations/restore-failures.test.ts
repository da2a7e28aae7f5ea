import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { backup } from '../../src/operations/backup.ts';
import { restore } from '../../src/operations/restore.ts';
import { openSnapshotFile } from '../../src/snapshot/reader.ts';
import { type AppDatabase, appEngines } from '../support/operations/database.ts';
import { folderState } from '../support/operations/folder-state.ts';
import { refusal } from '../support/operations/refusal.ts';
import { backupOf, portsFor, restoreOf } from '../support/operations/requests.ts';
import { type Digest, endOthers, openDamagedShop, openShop, type Shop } from '../support/operations/shop.ts';
import { interfere, spoilFolder, spoilReading, systemError } from '../support/operations/spoiled-ports.ts';

for (const engine of appEngines) {
  engine.suite(`a restore that fails on ${engine.label}`, () => {
    const { types } = engine.dialect;
    const opened: AppDatabase[] = [];
    const keep = <T extends Shop>(shop: T): T => {
      opened.push(shop.database);
      return shop;
    };
    afterEach(async () => {
      for (const database of opened.splice(0)) await database.drop();
    });
    const replaceIn = ({ database, target }: Shop) =>
      restoreOf(target, { policy: 'replace', confirm: database.confirmName });

    const refusing = [
      { what: 'a unique index', rule: 'UNIQUE (page, seconds)' },
      { what: 'a check', rule: 'CHECK (seconds < 2)' },
    ].filter(({ what }) => what !== 'a check' || engine.dialect.checksRestoredRows);

    it.each(refusing)('takes everything back when $what refuses one row', async ({ rule }) => {
      const shop = keep(await openDamagedShop(engine));
      const table = `CREATE TABLE visits (page ${types.text}, seconds ${types.int}`;
      await shop.database.run('DROP TABLE visits', `${table}, ${rule})`);
      const before = await shop.database.digest();
      const phases: string[] = [];
      const ports = portsFor(shop.folder, { progress: { phase: (label) => phases.push(label) } });
      const error = await refusal('RESTORE.ROW', restore(ports, replaceIn(shop)));
      expect(error.message).toMatch(/visits/);
      expect(phases).toContain('restoring');
      expect(await shop.database.digest()).toEqual(before);
      expect(await shop.ports.folder.readLastRestore()).toBeNull();
      await shop.database.run('DROP TABLE visits', `${table})`);
      expect((await restore(shop.ports, replaceIn(shop))).ok).toBe(true);
    });

    it('takes everything back when a block turns out damaged that was not read before', async () => {
      const shop = keep(await openShop(engine));
      await shop.database.run("UPDATE visits SET page = '/a-page-of-20-chars'");
      for (let times = 0; times < 14; times++)
        await shop.database.run('INSERT INTO visits SELECT page, seconds FROM visits');
      const { snapshot } = await backup(shop.ports, backupOf(shop.target));
      const empty = keep(await openShop(engine, { rows: [] }));
      const before = await empty.database.digest();
      const request = restoreOf(empty.target, { reference: snapshot.path, skipValidation: true });
      const good = readFileSync(snapshot.path);
      await damageTable(snapshot.path, 'visits');
      await refusal('SNAPSHOT.CHECKSUM', restore(empty.ports, { ...request, skipValidation: false }));
      const written: string[] = [];
      const progress = { item: (name: string) => written.push(name.replace('public.', '')) };
      await refusal('SNAPSHOT.CHECKSUM', restore(portsFor(empty.folder, { progress }), request));
      expect(written).toEqual(['customers', 'orders', 'visits']);
      expect(withoutCounters(await empty.database.digest())).toEqual(withoutCounters(before));
      writeFileSync(snapshot.path, good);
      await restore(empty.ports, request);
      expect(await empty.database.digest()).toEqual(await shop.database.digest());
    });

    it('changes nothing when it is stopped between two tables', async () => {
      const shop = keep(await openDamagedShop(engine));
      const stop = new AbortController();
      let isRestoring = false;
      const progress = {
        phase(label: string) {
          isRestoring = label === 'restoring';
        },
        item(name: string) {
          if (isRestoring && name.endsWith('orders')) stop.abort(new AppError('RUN.INTERRUPTED', 'Stopped'));
        },
      };
      const ports = portsFor(shop.folder, { progress, signal: stop.signal });
      await refusal('RUN.INTERRUPTED', restore(ports, replaceIn(shop)));
      expect(await shop.database.digest()).toEqual(shop.bad);
      expect((await restore(shop.ports, replaceIn(shop))).ok).toBe(true);
    });

    it('takes counters back too, when it fails after everything was written', async () => {
      const shop = keep(await openDamagedShop(engine));
      const afterSequences = async () => {
        throw new AppError('RESTORE.CHECK', 'a fault of the test');
      };
      await refusal('RESTORE.CHECK', restore(interfere(shop.ports, { afterSequences }), replaceIn(shop)));
      expect(await shop.database.digest()).toEqual(shop.bad);
    });

    if (engine.dialect.endOthers)
      it('changes nothing when the server ends its session', async () => {
        const shop = keep(await openDamagedShop(engine));
        const afterSequences = () => endOthers(shop, engine);
        await refusal('DATABASE.LOST', restore(interfere(shop.ports, { afterSequences }), replaceIn(shop)));
        expect(await shop.database.digest()).toEqual(shop.bad);
        expect((await restore(shop.ports, replaceIn(shop))).ok).toBe(true);
        expect(await shop.database.digest()).toEqual(shop.good);
      });

    it('changes nothing when the safety snapshot does not fit into the folder', async () => {
      const shop = keep(await openDamagedShop(engine));
      const before = folderState(shop.folder);
      const ports = spoilFolder(shop.ports, { freeBytes: async () => 100 });
      const error = await refusal('RESTORE.SAFETY', restore(ports, replaceIn(shop)));
      expect(error.message).toContain('has 100 B free');
      expect(error.hint).toContain(`--no-safety --confirm ${shop.database.confirmName}`);
      expect(await shop.database.digest()).toEqual(shop.bad);
      expect(Object.keys(folderState(shop.folder))).toEqual(Object.keys({ '.holdfast.lock': '', ...before }));
      const without = await restore(ports, { ...replaceIn(shop), safety: false });
      expect(without.ok).toBe(true);
      expect(await shop.database.digest()).toEqual(shop.good);
    });

    it('changes nothing when the disk is full while the safety snapshot is written', async () => {
      const shop = keep(await openDamagedShop(engine));
      const createPartial = async () => {
        throw systemError('ENOSPC', 'no space left on device, open');
      };
      const error = await refusal(
        'RESTORE.SAFETY',
        restore(spoilFolder(shop.ports, { createPartial }), replaceIn(shop)),
      );
      expect((error.cause as AppError).code).toBe('FOLDER.FULL');
      expect(await shop.database.digest()).toEqual(shop.bad);
    });

    it('changes nothing when it cannot note in the folder that it begins', async () => {
      const shop = keep(await openDamagedShop(engine));
      const writeLastRestore = async () => {
        throw systemError('ENOSPC', 'no space left on device, write');
      };
      const error = await refusal(
        'FOLDER.FULL',
        restore(spoilFolder(shop.ports, { writeLastRestore }), replaceIn(shop)),
      );
      expect(error.message).toContain(shop.folder);
      expect(await shop.database.digest()).toEqual(shop.bad);
    });

    it('says that it is complete when only that cannot be noted', async () => {
      const shop = keep(await openDamagedShop(engine));
      const { folder } = shop.ports;
      const ports = spoilFolder(shop.ports, {
        async writeLastRestore(record) {
          if (record.finished !== null) throw systemError('ENOSPC', 'no space left on device, write');
          await folder.writeLastRestore(record);
        },
      });
      const result = await restore(ports, replaceIn(shop));
      expect(result.warnings.join()).toContain('The restore is complete, but that could not be noted');
      expect(await shop.database.digest()).toEqual(shop.good);
    });

    it('refuses to lose rows that the application wrote after the safety snapshot', async () => {
      const shop = keep(await openDamagedShop(engine));
      let snapshots = 0;
      const afterSnapshot = async (): Promise<void> => {
        snapshots++;
        if (snapshots === 2) await shop.database.run("UPDATE customers SET name = 'late' WHERE id = 4");
      };
      const error = await refusal(
        'DATABASE.CHANGED',
        restore(spoilReading(shop.ports, { afterSnapshot }), replaceIn(shop)),
      );
      expect(error.message).toMatch(/customers was written to after the safety snapshot/);
      expect(await shop.database.rows('SELECT name FROM customers WHERE id = 4')).toEqual([['late']]);
      expect((await restore(shop.ports, replaceIn(shop))).ok).toBe(true);
    });

    it('refuses to lose rows that came into an empty database after it was looked at', async () => {
      const shop = keep(await openDamagedShop(engine));
      const empty = keep(await openShop(engine, { rows: [] }));
      const afterSnapshot = () => empty.database.run("INSERT INTO visits VALUES ('/', 5)");
      const request = restoreOf(empty.target);
      const error = await refusal(
        'DATABASE.CHANGED',
        restore(spoilReading(shop.ports, { afterSnapshot }), request),
      );
      expect(error.message).toMatch(/visits was empty when the restore began/);
      expect(await empty.database.rows('SELECT page FROM visits')).toEqual([['/']]);
      await refusal('RESTORE.CONSENT', restore(shop.ports, request));
    });

    it('tells both counts when the database moved after the plan and nothing is lost', async () => {
      const shop = keep(await openShop(engine));
      await backup(shop.ports, backupOf(shop.target));
      await shop.database.run('DELETE FROM visits');
      let snapshots = 0;
      const afterSnapshot = async (): Promise<void> => {
        snapshots++;
        if (snapshots === 1) await shop.database.run("INSERT INTO visits VALUES ('/cart', 2), ('/more', 9)");
      };
      const request = restoreOf(shop.target, { policy: 'skip', confirm: shop.database.confirmName });
      const { warnings } = await restore(spoilReading(shop.ports, { afterSnapshot }), request);
      expect(warnings).toEqual([
        'visits changed after the plan was made: planned 3 to insert, 0 to update, 0 to delete, 0 unchanged, done 2 to insert, 0 to update, 0 to delete, 1 unchanged',
      ]);
      expect(await shop.database.rows('SELECT page FROM visits ORDER BY page')).toHaveLength(4);
    });

    it('refuses a snapshot of a newer format before it looks at the database', async () => {
      const shop = keep(await openShop(engine));
      const { snapshot } = await backup(shop.ports, backupOf(shop.target, { compressionLevel: null }));
      const good = readFileSync(snapshot.path, 'utf8');
      writeFileSync(snapshot.path, inFormat2(good));
      const request = { ...replaceIn(shop), reference: snapshot.path };
      for (const skipValidation of [false, true]) {
        const error = await refusal('SNAPSHOT.VERSION', restore(shop.ports, { ...request, skipValidation }));
        expect(error.message).toContain('format 2');
      }
      writeFileSync(snapshot.path, good);
      expect((await restore(shop.ports, request)).ok).toBe(true);
    });
  });
}

/** MariaDB does not take back what numbers itself. */
function withoutCounters(digest: Digest): Digest {
  return Object.fromEntries(
    Object.entries(digest).map(([name, text]) => [name, text.replace(/, next id \w+$/, '')]),
  );
}

/** A plain snapshot as a later version would write it: the head says so, and every checksum is right. */
function inFormat2(text: string): string {
  const changed = text.replace('"version":1,', '"version":2,');
  const { offset, bytes } = /"end":\{"offset":"(?<offset>\d+)","bytes":"(?<bytes>\d+)"/.exec(text)!.groups!;
  const manifestOf = (document: string): string =>
    Buffer.from(document)
      .subarray(Number(offset), Number(offset) + Number(bytes))
      .toString();
  const headBytes = Number(/"blocks":\[\{"offset":0,"bytes":(\d+)/.exec(manifestOf(text))![1]);
  const headOf = (document: string): string => Buffer.from(document).subarray(0, headBytes).toString();
  const rehashed = changed.replace(sha256(headOf(text)), sha256(headOf(changed)));
  return rehashed.replace(sha256(manifestOf(text)), sha256(manifestOf(rehashed)));
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Changes one stored byte of a table's last block. */
async function damageTable(snapshot: string, table: string): Promise<void> {
  const file = await openSnapshotFile(snapshot);
  const { manifest } = file;
  await file.close();
  const entry = manifest.tables.find(({ name }) => name === table)!;
  const block = manifest.blocks[entry.firstBlock + entry.blocks - 1]!;
  const bytes = readFileSync(snapshot);
  const at = block.offset + Math.floor(block.bytes / 2);
  bytes[at] = bytes[at]! ^ 1;
  writeFileSync(snapshot, bytes);
}
