import { AppError, describeError, systemCode } from '../errors.ts';
import { StoreError } from './store-error.ts';

/** Nobody has answered yet. */
const unreachable: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the host name cannot be looked up now',
  ETIMEDOUT: 'no connection in time',
  EHOSTUNREACH: 'there is no way to the host',
  ENETUNREACH: 'there is no way to its network',
};

/** What went wrong on the way to a store or back, as the port names it; `what` is what failed. */
export function networkFailure(error: unknown, what: string): AppError {
  if (error instanceof AppError) return error;
  const code = codeOf(error);
  const reason = unreachable[code];
  if (reason !== undefined)
    return new StoreError('STORE.UNREACHABLE', `${what}: ${reason}`, { cause: error });
  if (/CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO_/.test(code)) {
    return new StoreError('STORE.SETTING', `${what}: the other side's certificate is not trusted (${code})`, {
      hint: 'Check the endpoint; a certificate authority of your own is named by NODE_EXTRA_CA_CERTS',
      cause: error,
    });
  }
  const text =
    code === 'ECONNRESET' || code === 'EPIPE'
      ? 'the other side has closed the connection'
      : describeError(error);
  return new StoreError('STORE.LOST', `${what}: ${text}`, { cause: error });
}

/** Where a name has several addresses, each has failed in its own way. */
function codeOf(error: unknown): string {
  const first = error instanceof AggregateError ? error.errors[0] : error;
  return systemCode(error) ?? systemCode(first) ?? '';
}
