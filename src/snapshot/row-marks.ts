/** One small number (0 to 3) for each row of a table, two bits each; 0 where none was set. */
export class RowMarks {
  #bits = new Uint8Array(1024);

  get(position: number): number {
    return ((this.#bits[position >>> 2] ?? 0) >>> ((position & 3) * 2)) & 3;
  }

  set(position: number, mark: 0 | 1 | 2 | 3): void {
    const index = position >>> 2;
    if (index >= this.#bits.length) this.#grow(index + 1);
    const shift = (position & 3) * 2;
    this.#bits[index] = (this.#bits[index]! & ~(3 << shift)) | (mark << shift);
  }

  #grow(atLeast: number): void {
    const larger = new Uint8Array(Math.max(atLeast, this.#bits.length * 2));
    larger.set(this.#bits);
    this.#bits = larger;
  }
}
