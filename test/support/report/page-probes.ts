/** Expressions that a browser evaluates in a page, as texts: the types of a browser's globals are not those of Node. */

/** How far to the right the page, and each of its elements, reaches. */
export const readWidths = `[
  document.documentElement.scrollWidth,
  ...[...document.querySelectorAll('body *')].map((one) => Math.floor(one.getBoundingClientRect().right)),
]`;

/** The contrast of every piece of text with what it stands on, by the formula of WCAG: `{text, contrast}`. */
export const readContrasts = `(() => {
  const parse = (color) => (color.match(/[\\d.]+/g) ?? []).map(Number);
  const linear = (part) => (part / 255 <= 0.03928 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4);
  const luminance = ([red, green, blue]) => 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
  const groundOf = (element) => {
    for (let one = element; one !== null; one = one.parentElement) {
      const color = parse(getComputedStyle(one).backgroundColor);
      if (color.length === 3) return color;
    }
    return [255, 255, 255];
  };
  const hasText = (one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== '');
  return [...document.querySelectorAll('body *')].filter(hasText).map((one) => {
    const [a, b] = [luminance(parse(getComputedStyle(one).color)), luminance(groundOf(one))];
    return { text: one.textContent, contrast: (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) };
  });
})()`;
