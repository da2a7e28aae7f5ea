import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { parseIdentities } from '../../src/crypto/identity.ts';
import { createUnlock } from '../../src/crypto/unlock.ts';
import { verifySnapshot } from '../../src/snapshot/verify.ts';
import { hasAge, makeKeys, runAge, runAgeAtTerminal, sealBytes } from '../support/age.ts';
import { loadSnapshot, makeSnapshot, sampleSnapshot } from '../support/snapshots.ts';
import { useTempFolder } from '../support/temp-folder.ts';

const folder = useTempFolder();
const keys = await makeKeys();
const identityFile = path.join(folder, 'identity.txt');
writeFileSync(identityFile, `# a comment\n\n${keys.identity}\n`, { mode: 0o600 });
const unlock = createUnlock({ identities: [keys.identity], passphrase: null });
const { bytes: document } = await makeSnapshot(sampleSnapshot(), '.json.gz');

describe.skipIf(!hasAge)('the age program', () => {
  it('opens what Holdfast encrypts', async () => {
    const { bytes } = await sealBytes(document, {
      recipients: [keys.recipient, (await makeKeys()).recipient],
    });
    const { status, stdout } = runAge('age', ['-d', '-i', identityFile], bytes);
    expect(status).toBe(0);
    expect(stdout.equals(document)).toBe(true);
    expect(JSON.parse(gunzipSync(stdout).toString('utf8'))).toHaveProperty('manifest');
  });

  it('encrypts what Holdfast opens', async () => {
    const file = path.join(folder, 'by-age.json.gz.age');
    const other = await makeKeys();
    const argv = ['-r', other.recipient, '-r', keys.recipient, '-o', file];
    expect(runAge('age', argv, document).status).toBe(0);
    expect(await verifySnapshot(file, { unlock })).toEqual([]);
    expect(await loadSnapshot(file, unlock)).toEqual(sampleSnapshot());
  });

  it('makes identities that Holdfast reads, and names their recipients alike', async () => {
    const file = path.join(folder, 'keygen.txt');
    expect(runAge('age-keygen', ['-o', file]).status).toBe(0);
    const text = readFileSync(file, 'utf8');
    const [identity] = await parseIdentities(text, file);
    const recipient = runAge('age-keygen', ['-y', file]).stdout.toString('utf8').trim();
    expect(text).toContain(identity);
    const { bytes } = await sealBytes(document, { recipients: [recipient] });
    expect(runAge('age', ['-d', '-i', file], bytes).stdout.equals(document)).toBe(true);
  });

  it('opens with a passphrase what Holdfast encrypts with it, and the other way round', async () => {
    const passphrase = 'four words of nonsense';
    const ours = path.join(folder, 'ours.age');
    writeFileSync(ours, (await sealBytes(document, { passphrase })).bytes);
    const plain = path.join(folder, 'plain');
    expect(runAgeAtTerminal(`age -d -o ${plain} ${ours}`, passphrase).status).toBe(0);
    expect(readFileSync(plain).equals(document)).toBe(true);
    const theirs = path.join(folder, 'theirs.json.gz.age');
    expect(runAgeAtTerminal(`age -p -o ${theirs} ${plain}`, passphrase).status).toBe(0);
    const withPassphrase = createUnlock({ identities: [], passphrase });
    expect(await loadSnapshot(theirs, withPassphrase)).toEqual(sampleSnapshot());
  });
});
