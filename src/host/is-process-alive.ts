import { systemCode } from '../errors.ts';

/** Whether a process with this number runs on this machine. */
export function isProcessAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    // A process of another user may not be asked, but it is there.
    return systemCode(error) === 'EPERM';
  }
}
