/** The value of each hexadecimal digit, by its byte; -1 for bytes that are none. */
export const hexValue: Readonly<Int8Array> = valuesOf('0123456789abcdef');

function valuesOf(digits: string): Int8Array {
  const values = new Int8Array(256).fill(-1);
  for (const [value, digit] of [...digits].entries()) {
    values[digit.charCodeAt(0)] = value;
    values[digit.toUpperCase().charCodeAt(0)] = value;
  }
  return values;
}
