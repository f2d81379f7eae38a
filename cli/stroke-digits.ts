// Digits as lines of an SVG: text would need fonts, which a server may not have.

interface Glyph {
  readonly width: number;
  readonly path: string;
}

const boxHeight = 6; // glyphs are drawn between y = 0 and y = 6
const spacing = 1.5;
const lineWidth = 0.95;

const glyphs: Readonly<Record<string, Glyph>> = {
  '0': { width: 4, path: 'M2 0C.6 0 0 1.4 0 3S.6 6 2 6 4 4.6 4 3 3.4 0 2 0Z' },
  '1': { width: 2.4, path: 'M.6 1.3 2.1 0V6' },
  '2': { width: 4, path: 'M.1 1.7C.1.7.9 0 2 0S3.9.7 3.9 1.7C3.9 2.6 3.3 3.2 2.4 4L0 6H4' },
  '3': { width: 4, path: 'M.2 0H3.8L1.9 2.3C3.2 2.3 4 3.1 4 4.1 4 5.2 3.1 6 2 6 1 6 .2 5.5 0 4.7' },
  '4': { width: 4, path: 'M3 6V0L0 4.2H4' },
  '5': { width: 4, path: 'M3.7 0H.6L.3 2.7C.8 2.3 1.3 2.1 2 2.1 3.2 2.1 4 2.9 4 4 4 5.2 3.1 6 1.9 6 1 6 .3 5.6 0 4.9' },
  '6': { width: 4, path: 'M3.5.5C3.1.2 2.6 0 2.1 0 .8 0 0 1.3 0 3.6 0 5.1.8 6 2 6S4 5.2 4 4 3.2 2.1 2.1 2.1.1 2.9.1 4' },
  '7': { width: 4, path: 'M0 0H4L1.5 6' },
  '8': { width: 4, path: 'M2 2.7C.9 2.7.3 2.1.3 1.35S.9 0 2 0 3.7.6 3.7 1.35 3.1 2.7 2 2.7C.8 2.7 0 3.4 0 4.35S.8 6 2 6 4 5.4 4 4.35 3.2 2.7 2 2.7Z' },
  '9': { width: 4, path: 'M.5 5.5C.9 5.8 1.4 6 1.9 6 3.2 6 4 4.7 4 2.4 4 .9 3.2 0 2 0S0 .8 0 2 .8 3.9 1.9 3.9 3.9 3.1 3.9 2' },
  '.': { width: 0.5, path: 'M.25 5.9V6' },
  '-': { width: 2.4, path: 'M.2 3.2H2.2' },
  's': { width: 3, path: 'M2.9 2.9C2.7 2.3 2.2 2 1.5 2 .7 2 .2 2.4.2 3 .2 4.4 3 3.6 3 5 3 5.6 2.4 6 1.5 6 .7 6 .2 5.7 0 5.1' },
  ' ': { width: 0.6, path: '' },
}; // prettier-ignore

function glyphsOf(text: string): Glyph[] {
  return [...text].flatMap((character) => glyphs[character] ?? []);
}

/** Width of `text` when its digits are `height` high. Knows digits, point, minus, blank and the letter s. */
export function strokeWidth(text: string, height: number): number {
  const row = glyphsOf(text);
  const units = row.reduce((sum, { width }) => sum + width, 0) + spacing * Math.max(0, row.length - 1);
  return (units * height) / boxHeight;
}

/** SVG of `text` with its upper left corner at x, y. */
export function strokeText(text: string, x: number, y: number, height: number, color: string): string {
  let at = 0;
  const paths = glyphsOf(text).map(({ width, path }) => {
    const placed = path && `<path transform="translate(${at})" d="${path}"/>`;
    at += width + spacing;
    return placed;
  });
  return (
    `<g transform="translate(${x} ${y}) scale(${height / boxHeight})" fill="none" stroke="${color}" ` +
    `stroke-width="${lineWidth}" stroke-linecap="round" stroke-linejoin="round">${paths.join('')}</g>`
  );
}
