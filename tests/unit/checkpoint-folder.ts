// A checkpoint folder of the fixtures with some files changed.

import { fileURLToPath } from 'node:url';
import { openFiles } from '#weights/source/open-files';
import type { ModelFiles } from '../../src/weights/files/model-files.ts';

const olmo = fileURLToPath(new URL('../fixtures/golden/checkpoint-olmo/', import.meta.url));

/** The folder as it is. */
export const disk = openFiles({ kind: 'path', label: 'olmo', path: olmo });

/** The folder with some files replaced (null: missing). */
export function folderWith(changes: Record<string, Uint8Array<ArrayBuffer> | null>): ModelFiles {
  return {
    label: 'The folder',
    names: async () => {
      const others = (await disk.names?.()) ?? [];
      return [...new Set([...others, ...Object.keys(changes)])].filter((name) => changes[name] !== null);
    },
    read: async (name) => (name in changes ? (changes[name] ?? null) : disk.read(name)),
    readRange: async (name, start, end) => {
      const bytes = changes[name];
      return bytes ? bytes.slice(start, end) : disk.readRange(name, start, end);
    },
  };
}

type Entries = Record<string, { dtype: string; shape: number[]; data_offsets: number[] }>;

/** model.safetensors with another header and more data behind: `edit` is told how long the data is so far. */
export async function editedWeights(edit: (entries: Entries, dataBytes: number) => void, moreBytes = 0) {
  const whole = (await disk.read('model.safetensors')) ?? new Uint8Array();
  const end = 8 + Number(new DataView(whole.buffer).getBigUint64(0, true));
  const entries = JSON.parse(new TextDecoder().decode(whole.subarray(8, end))) as Entries;
  edit(entries, whole.byteLength - end);
  const head = new TextEncoder().encode(JSON.stringify(entries));
  const weights = new Uint8Array(8 + head.byteLength + whole.byteLength - end + moreBytes);
  new DataView(weights.buffer).setBigUint64(0, BigInt(head.byteLength), true);
  weights.set(head, 8);
  weights.set(whole.subarray(end), 8 + head.byteLength);
  return weights;
}
