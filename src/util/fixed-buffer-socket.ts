import { Socket } from 'node:net';

const bufferBytes = 256 * 1024;

/**
 * A socket that reads into one buffer, large pieces at a time, instead of into a new small one for each piece. As long
 * as `isSharing` is off, listeners of `data` get copies, as from any socket; while it is on they get the buffer itself,
 * which holds only until they return.
 */
export class FixedBufferSocket extends Socket {
  isSharing = false;

  constructor() {
    // The typings know `onread` for connections only.
    super({
      onread: {
        buffer: Buffer.allocUnsafeSlow(bufferBytes),
        callback: (bytes: number, buffer: Buffer): boolean => {
          const piece = buffer.subarray(0, bytes);
          this.emit('data', this.isSharing ? piece : Buffer.from(piece));
          return !this.isPaused();
        },
      },
    } as object);
  }
}
