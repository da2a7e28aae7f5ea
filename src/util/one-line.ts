/** A text on one line: messages of databases and of Prisma may have several. */
export function oneLine(text: string): string {
  return text.replace(/\s*[\r\n]+\s*/g, ' ').trim();
}
