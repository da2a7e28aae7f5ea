/** The lines that fence off what belongs to one application. */
export function markersOf(appFolder: string): { readonly begin: string; readonly end: string } {
  return { begin: `# BEGIN holdfast ${appFolder}`, end: `# END holdfast ${appFolder}` };
}

interface Span {
  readonly first: number;
  readonly last: number;
}

/** The lines of an application's block, with its markers; null when there is none. */
export function blockOf(crontab: string, appFolder: string): readonly string[] | null {
  const lines = crontab.split('\n');
  const span = findBlock(lines, appFolder);
  return span === null ? null : lines.slice(span.first, span.last + 1);
}

/** The crontab with the block in place of the application's former one, at the end where there was none, or without it. */
export function editCrontab(crontab: string, appFolder: string, block: readonly string[] | null): string {
  const lines = crontab.split('\n');
  const span = findBlock(lines, appFolder);
  if (span !== null) {
    return [...lines.slice(0, span.first), ...(block ?? []), ...lines.slice(span.last + 1)].join('\n');
  }
  if (block === null) return crontab;
  const start = crontab === '' || crontab.endsWith('\n') ? crontab : `${crontab}\n`;
  return `${start}${block.join('\n')}\n`;
}

/** From an end back to the nearest begin: what follows a begin without an end may be somebody else's. */
function findBlock(lines: readonly string[], appFolder: string): Span | null {
  const { begin, end } = markersOf(appFolder);
  for (let last = lines.indexOf(end); last !== -1; last = lines.indexOf(end, last + 1)) {
    const first = lines.lastIndexOf(begin, last);
    if (first !== -1) return { first, last };
  }
  return null;
}
