import { hash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { openHostileS3 } from './hostile-s3.ts';
import { someBytes, sourceOf } from './upload-source.ts';

export interface CutFigures {
  /** Cuts of an upload and of a download. */
  readonly positions: number;
  /** How often a call ended well with other bytes than it should. */
  readonly falseSuccesses: number;
  readonly duplicates: number;
  /** How often a second try without a cut did not put it right. */
  readonly unrepaired: number;
  /** The control: how often a client that only looks at the status would have taken a cut body for the whole. */
  readonly unprotected: number;
}

/** Breaks the connection at every `step`th byte of a small upload, and of its download. */
export async function cutEverywhere({
  bytes,
  step,
}: {
  readonly bytes: number;
  readonly step: number;
}): Promise<CutFigures> {
  const bench = await openHostileS3({ partBytes: 1_000_000, tries: 1 });
  const { server, store } = bench;
  const [name, content] = ['a.json.gz', someBytes(bytes)];
  const figures = { positions: 0, falseSuccesses: 0, duplicates: 0, unrepaired: 0, unprotected: 0 };
  const isWhole = (stored: Uint8Array | undefined) =>
    stored !== undefined && Buffer.from(stored).equals(content);
  for (let at = 0; at < bytes; at += step) {
    figures.positions += 2;
    server.objects.clear();
    server.script = ({ method }) => (method === 'PUT' ? { cutRequestAt: at } : null);
    if (await succeeds(store.put(name, sourceOf(content))))
      figures.falseSuccesses += isWhole(server.objects.get(name)) ? 0 : 1;
    server.script = () => null;
    await store.put(name, sourceOf(content));
    if (!isWhole(server.objects.get(name))) figures.unrepaired++;
    if (server.objects.size !== 1) figures.duplicates++;
    server.script = ({ method }) => (method === 'GET' ? { cutAnswerAt: at } : null);
    const read = await store
      .get(name)
      .then(buffer)
      .catch(() => null);
    if (read !== null && hash('sha256', read) !== hash('sha256', content)) figures.falseSuccesses++;
    if (await naiveTakesIt(`${server.endpoint}/bucket/${name}`, content)) figures.unprotected++;
  }
  await bench.close();
  return figures;
}

function succeeds(work: Promise<unknown>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  );
}

/** What a client does that believes in status 200 and keeps what it has. */
async function naiveTakesIt(address: string, content: Buffer): Promise<boolean> {
  const chunks: Uint8Array[] = [];
  try {
    const response = await fetch(address);
    if (!response.ok || response.body === null) return false;
    for await (const chunk of response.body) chunks.push(chunk as Uint8Array);
  } catch {
    // It does not look.
  }
  return chunks.length > 0 && !Buffer.concat(chunks).equals(content);
}
