import { describe, expect, it } from 'vitest';
import { formatSidecar, makeSidecar, parseSidecar } from '../../src/snapshot/sidecar.ts';
import { sampleHeader, sampleTable } from '../support/snapshots.ts';

const facts = { rows: 7, bytes: 4096, sha256: 'b'.repeat(64), verified: '2026-11-20T10:30:01.000Z' };
const sidecar = makeSidecar({
  header: sampleHeader({
    tier: 'daily',
    purpose: 'safety',
    description: 'a "quoted"\nline',
    tags: ['a', '__proto__'],
    before: { command: 'restore', snapshot: 'ffff112233445566' },
  }),
  ...facts,
  isEncrypted: false,
});

/** The sidecar's JSON with some fields changed. */
function altered(changes: object): string {
  return JSON.stringify({ ...JSON.parse(formatSidecar(sidecar)), ...changes });
}

describe('a sidecar', () => {
  it('is made of the header and of what is known of the file', () => {
    expect(sidecar).toEqual({
      id: '00112233445566ff',
      kind: 'full',
      purpose: 'safety',
      tier: 'daily',
      created: '2026-11-20T10:30:00.000Z',
      ...facts,
      database: { provider: 'sqlite', host: null, name: '/srv/shop/app.db' },
      description: 'a "quoted"\nline',
      tags: ['a', '__proto__'],
      pinned: false,
      drilled: null,
      before: { command: 'restore', snapshot: 'ffff112233445566' },
    });
  });

  it('is read back as it was written', () => {
    expect(parseSidecar(formatSidecar(sidecar))).toEqual(sidecar);
    const drilled = { ...sidecar, pinned: true, drilled: '2026-11-21T00:00:00.000Z', verified: null };
    expect(parseSidecar(formatSidecar(drilled))).toEqual(drilled);
  });

  it('says which tiers it serves and that it is partial, where the header does', () => {
    const header = sampleHeader({ tier: 'weekly', serves: ['weekly', 'daily'], partial: true });
    const partial = makeSidecar({ header, ...facts, isEncrypted: false });
    expect(partial).toMatchObject({ tier: 'weekly', serves: ['weekly', 'daily'], partial: true });
    expect(parseSidecar(formatSidecar(partial))).toEqual(partial);
    expect(Object.keys(sidecar)).not.toContain('serves');
    expect(Object.keys(sidecar)).not.toContain('partial');
  });

  it('states its format and ends with a line feed', () => {
    expect(formatSidecar(sidecar)).toMatch(
      /^\{\n {2}"format": "holdfast-sidecar",\n {2}"version": 1,\n[\s\S]*\}\n$/,
    );
  });

  it('names no table', () => {
    expect(formatSidecar(sidecar)).not.toContain(sampleTable('product', {}).name);
  });

  it('may hold fields that this version does not know, and gives none of them on', () => {
    expect(parseSidecar(altered({ later: true }))).toEqual(sidecar);
  });

  it.each<[string, string]>([
    ['no JSON', '{'],
    ['nothing', ''],
    ['a list', '[]'],
    ['another format', altered({ format: 'holdfast-snapshot' })],
    ['another version', altered({ version: 2 })],
    ['no id', altered({ id: undefined })],
    ['another kind', altered({ kind: 'incremental' })],
    ['another purpose', altered({ purpose: 'x' })],
    ['another tier', altered({ tier: 'hourly' })],
    ['tiers that are none', altered({ serves: ['daily', 'hourly'] })],
    ['partial perhaps', altered({ partial: 'no' })],
    ['a time that is none', altered({ created: 'now' })],
    ['a verification at no time', altered({ verified: true })],
    ['a drill at no time', altered({ drilled: 'yes' })],
    ['negative rows', altered({ rows: -1 })],
    ['a size with a fraction', altered({ bytes: 0.5 })],
    ['a digest that is none', altered({ sha256: 'b'.repeat(63) })],
    ['another provider', altered({ database: { provider: 'db2', host: null, name: 'x' } })],
    ['no database', altered({ database: null })],
    ['tags that are no texts', altered({ tags: [null] })],
    ['pinned perhaps', altered({ pinned: 1 })],
    ['a reason of another command', altered({ before: { command: 'x', snapshot: 'y' } })],
    ['fields of its prototype only', `{"__proto__":${formatSidecar(sidecar)}}`],
  ])('is refused with %s', (_, text) => {
    expect(() => parseSidecar(text)).toThrow(expect.objectContaining({ code: 'SNAPSHOT.CONTENT' }));
  });
});
