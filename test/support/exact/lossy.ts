import type { Database, DatabaseSnapshot, Engines, RestoreTransaction } from '../../../src/ports/database.ts';
import type { RowChunk, RowSource } from '../../../src/snapshot/rows.ts';

/** A cell as `JSON.parse` gives it, or the text that a bare number had. */
type Cell = unknown;

/** Ways in which careless readers and writers change a value; each is one line of code somewhere. */
export const losses = {
  'numbers through Number': (cell: Cell): Cell => {
    const isNumber = typeof cell === 'string' && /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(cell) && cell !== '-0';
    return isNumber ? String(Number(cell)) : cell;
  },
  'moments through Date': (cell: Cell): Cell => {
    const isMoment = typeof cell === 'string' && /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d/.test(cell);
    const date = isMoment ? new Date(cell.replace(/ (\d\d:)/, 'T$1').replace(/\+00$/, 'Z')) : null;
    if (date === null || Number.isNaN(date.getTime())) return cell;
    return date
      .toISOString()
      .replace('T', ' ')
      .replace('Z', String(cell).endsWith('+00') ? '+00' : '');
  },
  'text up to NUL': (cell: Cell): Cell => (typeof cell === 'string' ? cell.split('\u0000')[0] : cell),
  'text trimmed': (cell: Cell): Cell => (typeof cell === 'string' ? cell.trimEnd() : cell),
  'text normalized': (cell: Cell): Cell => (typeof cell === 'string' ? cell.normalize('NFC') : cell),
  'JSON parsed and printed': (cell: Cell): Cell => {
    const isJson = typeof cell === 'string' && /^\s*[[{]/.test(cell);
    return isJson ? reprint(cell) : cell;
  },
  'empty text as NULL': (cell: Cell): Cell => (cell === '' ? null : cell),
} as const;

export type Loss = keyof typeof losses;

function reprint(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return text;
  }
}

/** Engines whose reader changes every cell of a column that a snapshot may hold as text. */
export function losingReads(engines: Engines, loss: Loss): Engines {
  return wrapDatabases(engines, (database) => ({
    ...bound(database),
    openSnapshot: async (scope) => wrapSnapshot(await database.openSnapshot(scope), losses[loss]),
  }));
}

/** Engines whose writer changes every such cell; its reader is exact. */
export function losingWrites(engines: Engines, loss: Loss): Engines {
  return wrapDatabases(engines, (database) => ({
    ...bound(database),
    openRestore: async (request) => wrapRestore(await database.openRestore(request), losses[loss]),
  }));
}

/** Engines whose writer takes two equal rows for one. */
export function losingTwins(engines: Engines): Engines {
  return wrapDatabases(engines, (database) => ({
    ...bound(database),
    openSnapshot: async (scope) => {
      const snapshot = await database.openSnapshot(scope);
      return { ...boundSnapshot(snapshot), rows: (...args) => withoutTwins(snapshot.rows(...args)) };
    },
  }));
}

function wrapDatabases(engines: Engines, wrap: (database: Database) => Database): Engines {
  return {
    open: async (...args) => wrap(await engines.open(...args)),
    identify: (target) => engines.identify(target),
    copyRaw: (...args) => engines.copyRaw(...args),
    describeChecks: (provider) => engines.describeChecks(provider),
    openScratch: (provider) => engines.openScratch(provider),
  };
}

function bound(database: Database): Database {
  return {
    identity: database.identity,
    confirmName: database.confirmName,
    openSnapshot: (scope) => database.openSnapshot(scope),
    openRestore: (request) => database.openRestore(request),
    examineAccess: (scope) => database.examineAccess(scope),
    tryNextIds: (columns) => database.tryNextIds(columns),
    finishRestore: (journal) => database.finishRestore(journal),
    close: () => database.close(),
  };
}

function boundSnapshot(snapshot: DatabaseSnapshot): DatabaseSnapshot {
  return {
    catalogue: snapshot.catalogue,
    rows: (...args) => snapshot.rows(...args),
    check: (...args) => snapshot.check(...args),
    close: () => snapshot.close(),
  };
}

function wrapSnapshot(snapshot: DatabaseSnapshot, change: (cell: Cell) => Cell): DatabaseSnapshot {
  return { ...boundSnapshot(snapshot), rows: (...args) => mapRows(snapshot.rows(...args), change) };
}

function wrapRestore(transaction: RestoreTransaction, change: (cell: Cell) => Cell): RestoreTransaction {
  return {
    catalogue: transaction.catalogue,
    rows: (...args) => transaction.rows(...args),
    clear: (tables) => transaction.clear(tables),
    deleteRows: (...args) => transaction.deleteRows(...args),
    insertRows: (table, columns, rows) => transaction.insertRows(table, columns, mapRows(rows, change)),
    countRows: (table) => transaction.countRows(table),
    countOrphans: (foreignKey) => transaction.countOrphans(foreignKey),
    setSequences: (...args) => transaction.setSequences(...args),
    commit: () => transaction.commit(),
    rollback: () => transaction.rollback(),
  };
}

async function* mapRows(rows: RowSource, change: (cell: Cell) => Cell): AsyncGenerator<RowChunk> {
  for await (const chunk of rows) {
    const lines = linesOf(chunk).map((line) => changeLine(line, change));
    yield { bytes: Buffer.from(lines.join('')), rows: chunk.rows };
  }
}

async function* withoutTwins(rows: RowSource): AsyncGenerator<RowChunk> {
  const seen = new Set<string>();
  for await (const chunk of rows) {
    const lines = [...new Set(linesOf(chunk))].filter((line) => !seen.has(line));
    for (const line of lines) seen.add(line);
    if (lines.length > 0) yield { bytes: Buffer.from(lines.join('')), rows: lines.length };
  }
}

function linesOf({ bytes }: RowChunk): string[] {
  return bytes.toString('utf8').split(/(?<=\n)/);
}

/** Only strings change: bare numbers, tagged values and NULL stay the text that they are. */
function changeLine(line: string, change: (cell: Cell) => Cell): string {
  return line.replace(/(?<=[[,])"(?:[^"\\]|\\.)*"(?=[\],])/g, (token) =>
    JSON.stringify(change(JSON.parse(token))),
  );
}
