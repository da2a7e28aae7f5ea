import { describe, expect, it } from 'vitest';
import { childText, escapeXml, parseXml } from '../../../src/storage/s3/xml.ts';

describe('the XML of answers', () => {
  it('is read with its names, texts and entities', () => {
    const text =
      '<?xml version="1.0"?>\n<a xmlns="http://x/"><s:b>1 &lt; 2 &amp; &#x41;&#66;</s:b><!-- no --><c/></a>\n';
    const element = parseXml(text);
    expect([element.name, childText(element, 'b'), childText(element, 'c'), childText(element, 'd')]).toEqual(
      ['a', '1 < 2 & AB', '', null],
    );
  });

  it('is written so that it reads back', () => {
    expect(parseXml(`<a>${escapeXml('<&>"')}</a>`).text).toBe('<&>"');
  });

  it.each([
    '',
    'text',
    '<a>',
    '<a><b></a></b>',
    '<a></a><b></b>',
    '<a></a>x',
    '</a>',
    '<!DOCTYPE a><a></a>',
    '<a>&bomb;</a>',
    '<a b=c></a>',
    `${'<a>'.repeat(30)}${'</a>'.repeat(30)}`,
    '<a><b></b',
  ])('is refused when it is not whole: %s', (text) => {
    expect(() => parseXml(text)).toThrow();
  });
});
