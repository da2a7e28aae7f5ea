/** Packets of this length are followed by another part of the same payload. */
const fullPart = 0xffffff;

/**
 * Cuts the bytes of a MySQL connection into packets. After `take` returned true, the payload is
 * `payload[start, end)`, until the next call. Payloads are not copied unless they come in several parts.
 */
export class PacketReader {
  payload: Buffer = Buffer.alloc(0);
  start = 0;
  end = 0;
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  #missing = 4;

  /** How many more bytes the next packet needs at least; known after `take` returned false. */
  get missing(): number {
    return this.#missing;
  }

  /** Adds what came from the connection. */
  add(chunks: readonly Buffer[]): void {
    const rest = this.#bytes.length - this.#at;
    if (rest === 0 && chunks.length === 1) this.#bytes = chunks[0]!;
    else this.#bytes = Buffer.concat([this.#bytes.subarray(this.#at), ...chunks]);
    this.#at = 0;
  }

  take(): boolean {
    const bytes = this.#bytes;
    const at = this.#at;
    const available = bytes.length - at;
    if (available < 4) return this.#needs(4 - available);
    const length = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16);
    if (available < length + 4) return this.#needs(length + 4 - available);
    if (length === fullPart) return this.#takeParts();
    this.payload = bytes;
    this.start = at + 4;
    this.end = at + 4 + length;
    this.#at = this.end;
    return true;
  }

  #takeParts(): boolean {
    const bytes = this.#bytes;
    const parts: Buffer[] = [];
    let at = this.#at;
    for (let length = fullPart; length === fullPart; ) {
      const available = bytes.length - at;
      if (available < 4) return this.#needs(4 - available);
      length = bytes.readUIntLE(at, 3);
      if (available < length + 4) return this.#needs(length + 4 - available);
      parts.push(bytes.subarray(at + 4, at + 4 + length));
      at += 4 + length;
    }
    this.payload = Buffer.concat(parts);
    this.start = 0;
    this.end = this.payload.length;
    this.#at = at;
    return true;
  }

  #needs(count: number): false {
    this.#missing = count;
    return false;
  }
}
