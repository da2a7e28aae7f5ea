import type { Store } from '../../src/ports/store.ts';
import { limitIdle } from '../../src/storage/idle-limit.ts';
import { retrying } from '../../src/storage/retrying.ts';
import { openS3Store } from '../../src/storage/s3/store.ts';
import { type HostileServer, startHostileServer } from './hostile-server.ts';
import { createS3Backend } from './s3-backend.ts';

/** A store on a hostile server, with the limits and repetitions of a real target, but a clock that does not wait. */
export interface HostileBench {
  readonly server: HostileServer;
  readonly store: Store;
  /** How long the store would have waited. */
  readonly waitedMs: () => number;
  close(): Promise<void>;
}

export interface HostileOptions {
  readonly partBytes?: number;
  readonly tries?: number;
  readonly deadlineMs?: number;
  readonly idleMs?: number;
}

export async function openHostileS3(options: HostileOptions = {}): Promise<HostileBench> {
  const { partBytes = 1000, tries = 4, deadlineMs = 600_000, idleMs = 300 } = options;
  const server = await startHostileServer(createS3Backend());
  const plain = s3StoreAt(server.endpoint, partBytes);
  let waited = 0;
  const store = retrying(limitIdle(plain, { idleMs }), {
    ...{ tries, firstWaitMs: 1000, longestWaitMs: 60_000, deadlineMs },
    nowMs: () => waited,
    sleep: async (ms) => {
      waited += ms;
    },
    random: () => 0.5,
  });
  return {
    server,
    store,
    waitedMs: () => waited,
    async close() {
      await store.close();
      await server.close();
    },
  };
}

/** A store without limits and repetitions. */
export function s3StoreAt(endpoint: string, partBytes: number): Store {
  return openS3Store({
    name: 's3',
    now: () => new Date('2026-11-20T10:00:00Z'),
    settings: {
      ...{ kind: 's3', endpoint, region: 'us-east-1', bucket: 'bucket', isPathStyle: true },
      ...{ prefix: '', storageClass: null, partBytes, hasChecksumHeaders: true },
      credentials: { accessKeyId: 'key', secretAccessKey: 'secret', sessionToken: null },
    },
  });
}
