/** Whether others than a file's owner may use it. Windows has no such modes, and reports 0666 for every file. */
export function isOpenToOthers(mode: number): boolean {
  return process.platform !== 'win32' && (mode & 0o077) !== 0;
}
