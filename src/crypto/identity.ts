import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { AppError } from '../errors.ts';

export interface NewIdentity {
  /** An identity file as age-keygen writes it. */
  readonly text: string;
  readonly recipient: string;
}

export async function makeIdentity(created: Date): Promise<NewIdentity> {
  const identity = await generateX25519Identity();
  const recipient = await identityToRecipient(identity);
  const time = `${created.toISOString().slice(0, 19)}Z`;
  return { text: `# created: ${time}\n# public key: ${recipient}\n${identity}\n`, recipient };
}

/**
 * The identities in a file of age-keygen: one on a line, beside empty lines and comments.
 *
 * @param place the file, for messages
 * @throws AppError ENCRYPTION.KEY, without repeating what stands there
 */
export async function parseIdentities(text: string, place: string): Promise<readonly string[]> {
  const identities: string[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const identity = line.trim();
    if (identity === '' || identity.startsWith('#')) continue;
    const problem = `Line ${index + 1} of ${place} is no X25519 identity of age (AGE-SECRET-KEY-1…)`;
    await recipientOf(identity, problem);
    identities.push(identity);
  }
  if (identities.length === 0) throw new AppError('ENCRYPTION.KEY', `There is no identity in ${place}`);
  return identities;
}

/** The recipients that belong to identities. */
export function recipientsOf(identities: readonly string[]): Promise<readonly string[]> {
  return Promise.all(identities.map((identity) => recipientOf(identity, 'This is no identity of age')));
}

async function recipientOf(identity: string, problem: string): Promise<string> {
  try {
    if (identity.startsWith('AGE-SECRET-KEY-1')) return await identityToRecipient(identity);
  } catch {
    // The library's message may hold the key.
  }
  throw new AppError('ENCRYPTION.KEY', problem);
}
