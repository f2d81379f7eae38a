// What the vision encoder sees of one picture or one frame, and the name of it: a hash that only equal content has.

/** A picture with all its crops, or a frame. */
export interface VisualUnit {
  readonly patches: Uint8Array; // [F, P, patch values]
  readonly crops: number; // F
  readonly pooling: Int32Array; // [tokens, window] rows of the unit's patches, -1 = none
  readonly window: number;
}

/** Pictures and frames are normalised apart, so that equal pixels of both kinds are not the same. */
export type VisualKind = 'image' | 'video';

/**
 * The name of a unit's content: SHA-256 over its patches and how they are pooled. The patches are what resizing and
 * tiling left of the pixels, so that nothing the encoder sees is missing from it.
 */
export async function contentKey(kind: VisualKind, unit: VisualUnit): Promise<string> {
  const { patches, crops, pooling, window } = unit;
  const head = new TextEncoder().encode(`${kind} ${crops} crops, ${pooling.length / window} of ${window}\n`);
  const table = new Uint8Array(pooling.buffer, pooling.byteOffset, pooling.byteLength);
  const all = new Uint8Array(head.byteLength + table.byteLength + patches.byteLength);
  all.set(head, 0);
  all.set(table, head.byteLength);
  all.set(patches, head.byteLength + table.byteLength);
  // Where there is WebGPU the page is a secure context, which has cryptography too.
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', all));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
