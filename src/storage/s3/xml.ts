/** One element of a document; its attributes are of no use here. */
export interface XmlElement {
  readonly name: string;
  readonly children: readonly XmlElement[];
  /** Its own text, without that of its children. */
  readonly text: string;
}

interface OpenElement {
  readonly name: string;
  readonly children: XmlElement[];
  text: string;
}

const token =
  /<\?[^>]*\?>|<!--[\s\S]*?-->|<\/([\w:.-]+)\s*>|<([\w:.-]+)((?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|[^<]+/gy;
const deepest = 20;

/**
 * Reads the XML of S3's answers: elements and text. What is no whole, well-formed document, or has a document type, is
 * refused, so that a part of an answer is never taken for all of it.
 *
 * @throws Error
 */
export function parseXml(document: string): XmlElement {
  const root: OpenElement = { name: '', children: [], text: '' };
  const open = [root];
  token.lastIndex = 0;
  for (let at = 0; at < document.length; at = token.lastIndex) {
    const match = token.exec(document);
    if (match === null) throw new Error(`it is no XML from character ${at} on`);
    takeToken(match, open);
  }
  const [element] = root.children;
  if (open.length > 1) throw new Error(`it ends inside of <${open.at(-1)!.name}>`);
  if (element === undefined || root.children.length > 1 || root.text.trim() !== '') {
    throw new Error('it is not one XML document');
  }
  return element;
}

function takeToken([whole, closing, opening, , selfClosing]: RegExpExecArray, open: OpenElement[]): void {
  const current = open.at(-1)!;
  if (closing !== undefined) {
    if (open.length === 1 || current.name !== localName(closing))
      throw new Error(`</${closing}> closes nothing`);
    open.pop();
    return;
  }
  if (opening !== undefined) {
    const element: OpenElement = { name: localName(opening), children: [], text: '' };
    current.children.push(element);
    if (selfClosing !== '/') open.push(element);
    if (open.length > deepest) throw new Error('it is nested too deep');
    return;
  }
  if (!whole.startsWith('<')) current.text += decodeEntities(whole.replace(/^\uFEFF/, ''));
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function decodeEntities(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(\w+));|&/gi, (whole, decimal, hex, name) => {
    const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
    if (Number.isInteger(code) && code <= 0x10ffff) return String.fromCodePoint(code);
    const character = entities[name ?? ''];
    if (character === undefined) throw new Error(`${whole} stands for nothing`);
    return character;
  });
}

/** The text of the child of that name; null when there is none. */
export function childText(element: XmlElement, name: string): string | null {
  return element.children.find((child) => child.name === name)?.text ?? null;
}

/** A text as XML. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
