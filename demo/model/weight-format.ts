// The choice of a number format for a checkpoint's weights.

import type { WeightFormat } from '../../src/index.ts';
import { byId } from '../dom.ts';

const formats: readonly WeightFormat[] = ['f32', 'f16', 'q8', 'q4'];

/** What is chosen in the list with this id. */
export function chosenFormat(id: string): WeightFormat {
  const { value } = byId(id, HTMLSelectElement);
  const format = formats.find((name) => name === value);
  if (!format) throw new Error(`index.html offers the unknown format "${value}" in #${id}.`);
  return format;
}
