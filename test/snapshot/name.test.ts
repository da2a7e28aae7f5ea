import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/errors.ts';
import {
  fileNames,
  isSnapshotFile,
  makeName,
  parseGivenName,
  withoutEnding,
} from '../../src/snapshot/name.ts';

const created = new Date('2026-11-20T10:30:00.123Z');

describe('makeName', () => {
  it.each([
    [null, false, 'backup-2026-11-20T10-30-00Z'],
    [null, true, 'safety-2026-11-20T10-30-00Z'],
    ['daily', false, 'daily-backup-2026-11-20'],
    ['weekly', false, 'weekly-backup-2026-11-20'],
    ['monthly', false, 'monthly-backup-2026-11-20'],
  ] as const)('of tier %s, safety %s is %s', (tier, isSafety, name) => {
    expect(makeName({ tier, isSafety, created })).toBe(name);
    expect(parseGivenName(name)).toBe(name);
  });
});

describe('parseGivenName', () => {
  it.each([
    ['before-update', 'before-update'],
    ['v1.2.3', 'v1.2.3'],
    ['_private', '_private'],
    ['2026', '2026'],
    ['a', 'a'],
    ['x'.repeat(120), 'x'.repeat(120)],
    ['good.json.gz', 'good'],
    ['good.json', 'good'],
    ['good.gz', 'good.gz'],
    ['latest-one', 'latest-one'],
    ['console', 'console'],
  ])('takes %s', (given, name) => {
    expect(parseGivenName(given)).toBe(name);
  });

  const letters = 'only letters, digits, ".", "_" and "-" are allowed, the first a letter, a digit or "_"';
  const meant = 'that name stands for something else';

  it.each([
    ['', letters, 'my-snapshot'],
    ['.json.gz', letters, 'my-snapshot'],
    ['before update', letters, 'before-update'],
    ['../../etc/passwd', letters, 'etc-passwd'],
    ['/absolute', letters, 'absolute'],
    ['C:\\backups\\x', letters, 'C-backups-x'],
    ['.hidden', letters, 'hidden'],
    ['..', letters, 'my-snapshot'],
    ['-rf', letters, 'rf'],
    ['a\nb', letters, 'a-b'],
    ['a\0b', letters, 'a-b'],
    ['$(reboot)', letters, 'reboot'],
    ['Élan vital.json.gz', letters, 'Elan-vital'],
    ['Größe', letters, 'Gro-e'],
    ['备份', letters, 'my-snapshot'],
    ['🐎', letters, 'my-snapshot'],
    ['x'.repeat(121), 'it is longer than 120 characters', 'x'.repeat(120)],
    ['latest', meant, 'my-snapshot'],
    ['Latest', meant, 'my-snapshot'],
    ['x.meta', meant, 'x-meta'],
    ['x.sha256', meant, 'x-sha256'],
    ['x.AGE', meant, 'x-AGE'],
    ['CON', meant, 'my-snapshot'],
    ['nul.txt', meant, 'my-snapshot'],
    ['com1', meant, 'my-snapshot'],
  ])('refuses %j, says why and proposes another name', (given, reason, proposal) => {
    expect(() => parseGivenName(given)).toThrow(
      expect.objectContaining({
        code: 'SNAPSHOT.NAME',
        message: `Cannot name a snapshot ${JSON.stringify(given)}: ${reason}`,
        hint: `For example: holdfast backup ${proposal}`,
      }),
    );
  });

  it('proposes names that it takes itself, and takes no path', () => {
    const unit = fc.oneof(
      fc.constantFrom(...'./\\-_ :aZ9\n.meta'),
      fc.string({ unit: 'binary', maxLength: 1 }),
    );
    const given = fc.oneof(
      fc.array(unit, { maxLength: 20 }).map((units) => units.join('')),
      fc.constantFrom('con', 'x.meta', 'latest').map((name) => ` ${name}`),
      fc.nat(40).map((length) => `${'x'.repeat(90 + length)}.meta.meta`),
    );
    fc.assert(
      fc.property(given, (text) => {
        try {
          expect(parseGivenName(text)).toMatch(/^[A-Za-z0-9_][A-Za-z0-9._-]*$/);
        } catch (error) {
          if (!(error instanceof AppError)) throw error;
          const proposal = error.hint!.replace('For example: holdfast backup ', '');
          expect(parseGivenName(proposal)).toBe(withoutEnding(proposal));
        }
      }),
      { numRuns: 5000 },
    );
  });
});

describe('fileNames', () => {
  it('proposes the name, then the same with a counter', () => {
    const names = fileNames('daily-backup-2026-11-20', { isCompressed: true, isEncrypted: false });
    expect([names.next().value, names.next().value, names.next().value]).toEqual([
      'daily-backup-2026-11-20.json.gz',
      'daily-backup-2026-11-20-2.json.gz',
      'daily-backup-2026-11-20-3.json.gz',
    ]);
  });

  it('ends plain snapshots with .json, and ends at all', () => {
    const names = [...fileNames('x', { isCompressed: false, isEncrypted: false })];
    expect(names[0]).toBe('x.json');
    expect(new Set(names).size).toBe(9999);
  });
});

describe('isSnapshotFile', () => {
  it.each([
    ['a.json.gz', true],
    ['a.json', true],
    ['a.json.gz.meta.json', false],
    ['a.json.meta.json', false],
    ['a.json.gz.sha256', false],
    ['.holdfast-0011223344556677.partial', false],
    ['.holdfast-restore.json', false],
    ['.holdfast.lock', false],
    ['integrity-report-2026-11-20T10-30-00Z.json', false],
    ['integrity-report-2026-11-20T10-30-00Z-2.html', false],
    ['integrity-report-2026-11-20T10-30-00Z.json.gz', true],
    ['a.txt', false],
    ['json', false],
  ])('of %s is %s', (name, expected) => {
    expect(isSnapshotFile(name)).toBe(expected);
  });
});

describe('withoutEnding', () => {
  it.each([
    ['a.json.gz', 'a'],
    ['a.json', 'a'],
    ['a.gz', 'a.gz'],
    ['a.json.json.gz', 'a.json'],
    ['a', 'a'],
  ])('of %s is %s', (fileName, name) => {
    expect(withoutEnding(fileName)).toBe(name);
  });
});
