const hidden = '***';

/** Parameters of connection addresses that hold a secret. */
const secretParameter =
  /([?&](?:password|passwd|pwd|sslpassword|api_?key|auth_?token|token|secret)=)[^&\s]*/gi;

/**
 * An address for people: its password, and every parameter that holds a secret, are `***`. Where an address is not
 * well formed (a password with `@`, `/` or `?` in it) it hides too much rather than too little.
 */
export function maskUrl(url: string): string {
  const parts = /^([a-z][a-z0-9+.-]*:(?:\/\/)?)(.*)$/is.exec(url.trim());
  if (parts === null) return hidden;
  const rest = parts[2]!.replace(/^([^:@/?#]*):.*@/s, `$1:${hidden}@`);
  return `${parts[1]}${rest.replace(secretParameter, `$1${hidden}`)}`;
}

/** Masks every address in a text. */
export function maskUrls(text: string): string {
  return text.replace(/\b[a-z][a-z0-9+.-]*:\/\/\S+/gi, maskUrl);
}
