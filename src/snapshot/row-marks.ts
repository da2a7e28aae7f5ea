/** One small number (0 to 3) for each row of a table, two bits each; 0 where none was set. */
export class RowMarks {
  #bits = new Uint8Array(1024);

  get(position: number): number {
    return ((this.#bits[byteOf(position)] ?? 0) >>> shiftOf(position)) & 3;
  }

  set(position: number, mark: 0 | 1 | 2 | 3): void {
    const index = byteOf(position);
    if (index >= this.#bits.length) this.#grow(index + 1);
    const shift = shiftOf(position);
    this.#bits[index] = (this.#bits[index]! & ~(3 << shift)) | (mark << shift);
  }

  #grow(atLeast: number): void {
    const larger = new Uint8Array(Math.max(atLeast, this.#bits.length * 2));
    larger.set(this.#bits);
    this.#bits = larger;
  }
}

/** Not by bit operators: they know no position beyond 2^32. */
function byteOf(position: number): number {
  return Math.floor(position / 4);
}

function shiftOf(position: number): number {
  return (position % 4) * 2;
}
