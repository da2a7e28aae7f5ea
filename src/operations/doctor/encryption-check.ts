import type { Seal } from '../../crypto/seal.ts';
import { AppError } from '../../errors.ts';
import type { Ports } from '../../ports/ports.ts';
import type { ByteSource, Unlock } from '../../util/byte-source.ts';
import { finding, type HealthFinding } from '../health/health-finding.ts';
import { findPlainCopies } from '../health/offsite-checks.ts';
import type { DoctorCheck } from './doctor-check.ts';

export const encryptionCheck: DoctorCheck = {
  name: 'encryption',
  async run({ ports, readIdentities }) {
    const { seal, unlock } = ports;
    if (seal === undefined) {
      await readIdentities?.();
      const old = unlock === undefined ? '' : '; the key here opens encrypted ones';
      return { found: `off: snapshots are not encrypted${old}`, findings: await findPlain(ports) };
    }
    const probe = await sealProbe(seal);
    if (unlock === undefined) {
      const found =
        'on; no key here opens snapshots: a restore needs --identity, and only checksums are verified';
      return { found, findings: [] };
    }
    const opens = await canOpen(unlock, probe);
    return {
      found: opens ? 'on; the key here opens what it writes' : 'on',
      findings: opens ? [] : [wrongIdentity],
    };
  },
};

/** Proves more than reading the keys does: that they fit each other. */
async function sealProbe(seal: Seal): Promise<ByteSource> {
  const chunks: Uint8Array[] = [];
  const file = await seal(async (chunk) => {
    chunks.push(chunk);
  });
  await file.write(Buffer.from('holdfast doctor'));
  await file.finish();
  const content = Buffer.concat(chunks);
  return {
    bytes: content.length,
    read: async (offset, bytes) => content.subarray(offset, offset + bytes),
  };
}

async function canOpen(unlock: Unlock, probe: ByteSource): Promise<boolean> {
  try {
    await unlock(probe);
    return true;
  } catch (error) {
    if (error instanceof AppError && error.code === 'ENCRYPTION.WRONG_IDENTITY') return false;
    throw error;
  }
}

const wrongIdentity: HealthFinding = finding({
  check: 'encryption.identity',
  severity: 'error',
  message: 'The key that is configured does not open what is encrypted for the recipients',
  hint: 'Name the identity file that belongs to a recipient; holdfast keys show <file> prints whose it is',
});

async function findPlain({ targets }: Ports): Promise<readonly HealthFinding[]> {
  return findPlainCopies((await targets?.()) ?? [], 'snapshots are not encrypted');
}
