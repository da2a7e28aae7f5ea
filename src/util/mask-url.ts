const hidden = '***';

/** Parameters of connection addresses that hold a secret. */
const secretParameter = /([?&](?:password|passwd|pwd|sslpassword|api_?key|auth_?token|token|secret)=)[^&\s]*/gi;

/**
 * An address for people: its password, and every parameter that holds a secret, are `***`. Rather hides too much than
 * too little when the address is not well formed.
 */
export function maskUrl(url: string): string {
  const parts = /^([a-z][a-z0-9+.-]*:(?:\/\/)?)(.*)$/is.exec(url.trim());
  if (parts === null) return hidden;
  const [, scheme, rest] = parts;
  const query = rest!.indexOf('?');
  // A password that was not percent-encoded may hold `@`, `/` and `?` itself.
  const isBeforeQuery = query >= 0 && rest!.lastIndexOf('@', query) >= 0;
  const head = isBeforeQuery ? rest!.slice(0, query) : rest!;
  const tail = isBeforeQuery ? rest!.slice(query) : '';
  const masked = head.replace(/^([^:@/?#]*):.*@/s, `$1:${hidden}@`) + tail;
  return `${scheme}${masked.replace(secretParameter, `$1${hidden}`)}`;
}

/** Masks every address in a text. */
export function maskUrls(text: string): string {
  return text.replace(/\b[a-z][a-z0-9+.-]*:\/\/[^\s"'`<>]+/gi, maskUrl);
}
