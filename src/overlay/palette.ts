// Colours of objects by id. Each is at least 4.5 : 1 against white, so that white numbers on it and the white ring
// around it stay readable, and neighbours in the list differ in lightness as well as in hue.

export const palette: readonly string[] = [
  '#d01667',
  '#0a62c4',
  '#a34a00',
  '#08705a',
  '#6d2bd9',
  '#3f4a5a',
  '#c42d16',
  '#0b6a85',
  '#566009',
  '#8b1a8f',
];

/** The colour of an object; ids count from 1, and objects without an id share the first colour. */
export function colorOf(id: number | null, colors: readonly string[] = palette): string {
  const index = id === null ? 0 : (((Math.round(id) - 1) % colors.length) + colors.length) % colors.length;
  return colors[index] ?? '#d01667';
}
