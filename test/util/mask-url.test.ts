import { describe, expect, it } from 'vitest';
import { maskUrl, maskUrls } from '../../src/util/mask-url.ts';

describe('maskUrl', () => {
  it.each([
    ['postgresql://shop:secret@db:5432/shop?schema=x', 'postgresql://shop:***@db:5432/shop?schema=x'],
    ['postgresql://shop@db/shop', 'postgresql://shop@db/shop'],
    ['postgresql://db:5432/shop', 'postgresql://db:5432/shop'],
    ['mysql://root:@db/shop', 'mysql://root:***@db/shop'],
    ['mysql://:secret@db/shop', 'mysql://:***@db/shop'],
    ['postgresql://shop:se@cr/et?x#@db/shop', 'postgresql://shop:***@db/shop'],
    ['postgresql://shop:se\ncret@db/shop', 'postgresql://shop:***@db/shop'],
    ['postgresql://db/shop?user=a&password=secret&x=1', 'postgresql://db/shop?user=a&password=***&x=1'],
    ['postgresql://db/shop?sslpassword=secret', 'postgresql://db/shop?sslpassword=***'],
    ['prisma+postgres://localhost:51213/?api_key=secret', 'prisma+postgres://localhost:51213/?api_key=***'],
    ['libsql://db.example.com?authToken=secret', 'libsql://db.example.com?authToken=***'],
    ['file:./dev.db?connection_limit=1', 'file:./dev.db?connection_limit=1'],
    ['postgres:shop:secret@db/shop', 'postgres:shop:***@db/shop'],
    ['secret', '***'],
  ])('shows %j as %s', (url, expected) => {
    expect(maskUrl(url)).toBe(expected);
  });
});

describe('maskUrls', () => {
  it('masks every address in a text and leaves the text', () => {
    const text =
      'cannot reach "postgresql://a:secret@h/d" or (mysql://b:secret@h/d), see https://example.com/x';
    expect(maskUrls(text)).toBe(
      'cannot reach "postgresql://a:***@h/d" or (mysql://b:***@h/d), see https://example.com/x',
    );
  });
});
