import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { openRcloneStore } from '../../src/storage/rclone/store.ts';
import { type FileServer, obscure, rcloneSettings, serveFiles } from '../support/rclone.ts';
import { describeStore, type StoreBench } from '../support/store-contract.ts';

/** The contract over real remotes of rclone: WebDAV, SFTP, and WebDAV encrypted by rclone. */
for (const protocol of ['webdav', 'sftp'] as const) {
  describeStore(`rclone over ${protocol}`, async () => {
    const server = await serveFiles(protocol);
    return bench(server, 'remote:shop', path.join(server.folder, 'shop/notes.txt'));
  });
}

describeStore('rclone over WebDAV, encrypted', async () => {
  const server = await serveFiles('webdav');
  const secret = `${server.config}\n[secret]\ntype = crypt\nremote = remote:shop\npassword = ${obscure('a')}\n`;
  return bench({ ...server, config: secret }, 'secret:', path.join(server.folder, 'shop/notes.txt'));
});

function bench(server: FileServer, remote: string, foreign: string): StoreBench {
  return {
    store: openRcloneStore({ name: 'office', settings: rcloneSettings(remote, server.config) }),
    largeBytes: 3_000_000,
    manyObjects: 5,
    async plantForeign() {
      writeFileSync(foreign, 'x');
      return async () => existsSync(foreign);
    },
    close: () => server.close(),
  };
}
