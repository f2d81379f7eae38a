// Colours of objects by id. Each is at least 4.5 : 1 against white, so that white numbers on it and the white ring
// around it stay readable. They were searched for so that any two differ for readers with each kind of colour blindness
// (Machado 2009, distance in OKLab), the first ones most: tests/unit/overlay-palette.test.ts holds by how much.

export const palette: readonly string[] = [
  '#d01667',
  '#660000',
  '#3567ff',
  '#19324c',
  '#99270f',
  '#8e5fac',
  '#421bc3',
  '#007154',
  '#7c1e84',
  '#3200ff',
];

/** The colour of an object that has none of its own; ids count from 1, and objects without an id share the first colour. */
export function colorOf(id: number | null, colors: readonly string[] = palette): string {
  const index = id === null ? 0 : (((Math.round(id) - 1) % colors.length) + colors.length) % colors.length;
  return colors[index] ?? '#d01667';
}

/** With every frame each number on a dot asks for it. */
const inks = new Map<string, string>();

/**
 * White, or black where white could not be read on this colour (a contrast below 4.5 : 1). Colours are `#rrggbb`, as canvases and
 * `<input type="color">` write them; on anything else white.
 */
export function inkOn(color: string): string {
  const known = inks.get(color);
  if (known) return known;
  const [r = 0, g = 0, b = 0] = (/^#([0-9a-f]{6})$/i.exec(color)?.[1]?.match(/../g) ?? [])
    .map((hex) => Number.parseInt(hex, 16) / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
  const ink = 0.2126 * r + 0.7152 * g + 0.0722 * b <= 1.05 / 4.5 - 0.05 ? '#fff' : '#000';
  inks.set(color, ink);
  return ink;
}
