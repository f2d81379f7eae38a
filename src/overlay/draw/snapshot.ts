// A picture with its dots as a file.

import type { Size } from '../target/fit.ts';
import { ownSize, type Target } from '../target/target-box.ts';
import type { Context } from './paint.ts';

/** The picture in its own pixels with what `paint` draws over it, as a PNG. See `MolmoOverlay.snapshot`. */
export async function snapshotOf(
  target: Target | null,
  paint: (ctx: Context, size: Size) => void,
): Promise<Blob> {
  const size = target ? ownSize(target) : { width: 0, height: 0 };
  if (!target || size.width === 0 || size.height === 0)
    throw new DOMException(
      'There is no loaded picture to export yet. Wait for it to load.',
      'InvalidStateError',
    );
  const canvas = document.createElement('canvas');
  canvas.width = size.width;
  canvas.height = size.height;
  const ctx = canvas.getContext('2d');
  if (!ctx) throw new DOMException('The browser gave no 2D canvas.', 'InvalidStateError');
  ctx.drawImage(target, 0, 0);
  paint(ctx, size);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => {
      if (blob) resolve(blob);
      else reject(new DOMException('The browser could not encode the picture.', 'EncodingError'));
    }, 'image/png');
  });
}
