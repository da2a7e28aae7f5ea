import { maskUrls } from '../util/mask-url.ts';

const longestText = 300;

/** A text from outside on one line, cut short, with the secrets and every address in it masked. */
export function redact(text: string, secrets: readonly string[]): string {
  let safe = text;
  // The longest first, so that no rest of one stays because a shorter one was a part of it.
  for (const secret of secrets.toSorted((a, b) => b.length - a.length)) {
    if (secret.length >= minSecretLength) safe = safe.replaceAll(secret, '***');
  }
  const line = maskUrls(safe).replace(/\s+/g, ' ').trim();
  return line.length > longestText ? `${line.slice(0, longestText)}…` : line;
}

/** A shorter one would turn every text into stars, and is no secret anyway. */
const minSecretLength = 4;

/** What of an address must not be seen: all of it but the host. */
export function secretsOf(address: string): readonly string[] {
  if (!URL.canParse(address)) return [address];
  const { href, pathname, search, username, password } = new URL(address);
  const parts = pathname.split('/').filter((part) => part.length >= 8);
  return [address, href, pathname, search.slice(1), decode(username), decode(password), ...parts].filter(
    (secret) => secret !== '' && secret !== '/',
  );
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A stray percent sign: then it is meant as it stands.
    return text;
  }
}
