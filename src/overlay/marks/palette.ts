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

/** The colour of an object; ids count from 1, and objects without an id share the first colour. */
export function colorOf(id: number | null, colors: readonly string[] = palette): string {
  const index = id === null ? 0 : (((Math.round(id) - 1) % colors.length) + colors.length) % colors.length;
  return colors[index] ?? '#d01667';
}
