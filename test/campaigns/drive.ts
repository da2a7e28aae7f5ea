/**
 * Uploads and downloads over a Google Drive that cuts: `npx tsx test/campaigns/drive.ts [--megabytes 200] [--cuts 20]`.
 * A large upload is cut at random bytes; a small one of 4,096 bytes at every byte of its request; a download of 4,096
 * bytes at every byte. Exits 1 on a false success, a second file, or other bytes than were sent.
 */
import { buffer } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { openDriveRig } from '../support/drive-rig.ts';
import { someBytes, sourceOf, uploadMemory } from '../support/upload-source.ts';

const { values } = parseArgs({
  options: { megabytes: { type: 'string', default: '200' }, cuts: { type: 'string', default: '20' } },
});
const chunkBytes = 8 * 1024 * 1024;
const name = 'backup-2026-11-20T10-30-00Z.json.gz';
const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

let isGood = true;
await cutLarge(Number(values.megabytes) * 1_000_000 + 1, Number(values.cuts));
await cutSmall();
await cutDownloads();
await control();
process.exitCode = isGood ? 0 : 1;

async function cutLarge(bytes: number, cuts: number): Promise<void> {
  const content = someBytes(bytes, 3);
  const rig = await openDriveRig({ sizes: { smallBytes: 5_000_000, chunkBytes, chunkMs: 60_000 } });
  for (let cut = 0; cut < cuts; cut++) {
    rig.fake.script({
      on: 'chunk',
      after: cut % 2,
      does: 'cut request',
      atByte: (cut * 1_234_567) % chunkBytes,
    });
  }
  const memory = uploadMemory();
  const started = performance.now();
  let processes = 1;
  for (; ; processes++) {
    const outcome = await rig
      .reopen()
      .openStore()
      .put(name, sourceOf(content), { memory })
      .catch((error: { code?: string }) => error.code);
    if (typeof outcome === 'object') break;
    if (outcome !== 'STORE.LOST') throw new Error(`unexpected: ${outcome}`);
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const stored = rig.fake.files.named(name);
  const isEqual = stored.length === 1 && stored[0]!.content!.equals(content);
  const made = rig.fake.count('question');
  isGood &&= isEqual && made >= cuts;
  say(
    `${bytes} bytes, ${made} cuts, ${rig.fake.count('session')} session, ${processes} run(s), ${seconds} s: ${isEqual ? 'equal, one file' : 'WRONG'}`,
  );
  await rig.close();
}

async function cutSmall(): Promise<void> {
  const content = someBytes(4096);
  const rig = await openDriveRig();
  let falseSuccesses = 0;
  let positions = 0;
  for (let atByte = 0; atByte < 4096; atByte++) {
    rig.fake.script({ on: 'small upload', does: 'cut request', atByte });
    const outcome = await rig.store.put(name, sourceOf(content)).catch(() => null);
    if (outcome !== null || rig.fake.files.named(name).length > 0) falseSuccesses++;
    positions++;
  }
  await rig.store.put(name, sourceOf(content));
  const stored = rig.fake.files.named(name);
  isGood &&= falseSuccesses === 0 && stored.length === 1 && stored[0]!.content!.equals(content);
  say(
    `small upload cut at ${positions} bytes: ${falseSuccesses} false successes, ${stored.length} file at the end`,
  );
  await rig.close();
}

async function cutDownloads(): Promise<void> {
  const content = someBytes(4096);
  const rig = await openDriveRig();
  await rig.store.put(name, sourceOf(content));
  let falseSuccesses = 0;
  let wrongRests = 0;
  for (let atByte = 0; atByte < 4096; atByte++) {
    rig.fake.script({ on: 'download', does: 'lose answer', atByte });
    const outcome = await rig.store
      .get(name)
      .then(buffer, () => null)
      .catch(() => null);
    if (outcome !== null) falseSuccesses++;
    if (atByte % 64 !== 0) continue;
    const rest = await buffer(await rig.store.get(name, { start: atByte }));
    if (!rest.equals(content.subarray(atByte))) wrongRests++;
  }
  isGood &&= falseSuccesses === 0 && wrongRests === 0;
  say(`download cut at 4096 bytes: ${falseSuccesses} false successes, ${wrongRests} wrong rests`);
  await rig.close();
}

async function control(): Promise<void> {
  const rig = await openDriveRig({ compares: false });
  rig.fake.files.spoils = true;
  const outcome = await rig.store.put(name, sourceOf(someBytes(4096))).catch(() => null);
  isGood &&= outcome !== null;
  say(
    `control, without the comparison: a spoiled file ${outcome === null ? 'is found (the control is broken)' : 'passes'}`,
  );
  await rig.close();
}
