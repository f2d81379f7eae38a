// Which sample a visit begins with.

import { type Sample, samples } from '../media/samples.ts';

/** The first one; the address may name another (`?sample=clip-4-640x360`), or none (`?sample=none`). */
export function firstSample(): Sample | null {
  const wanted = new URLSearchParams(location.search).get('sample');
  if (wanted === null) return samples[0] ?? null;
  return samples.find(({ name }) => name === wanted) ?? null;
}
