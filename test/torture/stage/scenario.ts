/** A command of the campaign, and from which state it starts. */
export interface Scenario {
  readonly command: 'backup' | 'restore' | 'undo' | 'cleanup' | 'sync' | 'delete';
  readonly argv: readonly string[];
  /** Whether the database is as the snapshots have it, or damaged since. */
  readonly database: 'whole' | 'damaged';
  /** What the database is when the command has succeeded. */
  readonly result: 'whole' | 'damaged';
  /** Which state of the backup folder: with snapshots, or after a restore too. */
  readonly folder: 'plain' | 'restored';
}

/** The commands that write, with the name of the database as consent. */
export function scenariosFor(confirmName: string): readonly Scenario[] {
  const confirm = ['--confirm', confirmName, '--json'];
  return [
    {
      command: 'backup',
      argv: ['backup', 'nightly', '--json'],
      database: 'whole',
      result: 'whole',
      folder: 'plain',
    },
    {
      command: 'restore',
      argv: ['restore', 'ledger', '--clear-existing', ...confirm],
      database: 'damaged',
      result: 'whole',
      folder: 'plain',
    },
    { command: 'undo', argv: ['undo', ...confirm], database: 'whole', result: 'damaged', folder: 'restored' },
    {
      command: 'cleanup',
      argv: ['cleanup', '30', '--trust-clock', '--json'],
      database: 'whole',
      result: 'whole',
      folder: 'plain',
    },
    {
      command: 'sync',
      argv: ['sync', '--all', '--json'],
      database: 'whole',
      result: 'whole',
      folder: 'plain',
    },
    {
      command: 'delete',
      argv: ['delete', 'spare', ...confirm],
      database: 'whole',
      result: 'whole',
      folder: 'plain',
    },
  ];
}
