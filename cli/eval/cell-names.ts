// How cells of a matrix and their files are called.

import type { RunSettings } from '../../eval/run/run-record.ts';

/** Such as `q4, kv int8, portable kernels`; what is the default of all is left out. */
export function cellName({ weights, kv, kernels }: RunSettings): string {
  const parts = [
    ...(weights === undefined ? [] : [weights]),
    ...(kv === undefined ? [] : [`kv ${kv}`]),
    ...(kernels === undefined ? [] : [`${kernels} kernels`]),
  ];
  return parts.length === 0 ? 'as loaded' : parts.join(', ');
}

/** A word that every file system takes. */
export function fileWord(text: string): string {
  return text.replaceAll(/[^\p{L}\p{N}._-]+/gu, '-').replaceAll(/^[-.]+|-+$/g, '') || 'set';
}

/** A word for each name, none twice, also where capital letters do not count. */
export function fileWords(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    const word = fileWord(name);
    let free = word;
    for (let i = 2; taken.has(free.toLowerCase()); i++) free = `${word}-${i}`;
    taken.add(free.toLowerCase());
    return free;
  });
}
