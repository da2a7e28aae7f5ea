/**
 * Runs work as a user to whom the permissions of files mean something: as nobody where the tests run as root. Only
 * for what the work itself opens; what is open already stays as it is.
 */
export async function asUnprivileged<T>(work: () => Promise<T>): Promise<T> {
  const isRoot = process.getuid?.() === 0;
  if (!isRoot) return work();
  process.seteuid!(nobody);
  try {
    return await work();
  } finally {
    process.seteuid!(0);
  }
}

const nobody = 65_534;
