// The pictures on the stage with their dots, as one PNG: a picture alone in its own pixels, several on a sheet.

import type { MolmoOverlay } from '../../src/overlay/molmo-overlay.ts';

const gap = 12;
/** Sides of a picture on a sheet, at most: some browsers refuse canvases of more than 8192 pixels. */
const mostSide = 1200;

function sheetOf(pictures: readonly ImageBitmap[]): OffscreenCanvas {
  const columns = Math.ceil(Math.sqrt(pictures.length));
  const rows = Math.ceil(pictures.length / columns);
  const shrink = Math.min(1, 8000 / (columns * (mostSide + gap)));
  const sizes = pictures.map(({ width, height }) => {
    const scale = Math.min(1, mostSide / width, mostSide / height) * shrink;
    return { width: Math.round(width * scale), height: Math.round(height * scale) };
  });
  const cellWidth = Math.max(...sizes.map(({ width }) => width));
  const cellHeight = Math.max(...sizes.map(({ height }) => height));
  const sheet = new OffscreenCanvas(columns * (cellWidth + gap) - gap, rows * (cellHeight + gap) - gap);
  const ctx = sheet.getContext('2d');
  if (!ctx) throw new Error('The browser gave no canvas for the sheet.');
  ctx.fillStyle = '#fff';
  ctx.fillRect(0, 0, sheet.width, sheet.height);
  pictures.forEach((picture, i) => {
    const { width, height } = sizes[i] ?? { width: 0, height: 0 };
    const x = (i % columns) * (cellWidth + gap) + (cellWidth - width) / 2;
    const y = Math.floor(i / columns) * (cellHeight + gap) + (cellHeight - height) / 2;
    ctx.drawImage(picture, x, y, width, height);
  });
  return sheet;
}

/** Rejects where a picture is not loaded. */
export async function savedPicture(overlays: readonly MolmoOverlay[]): Promise<Blob | null> {
  const [first, ...others] = overlays;
  if (!first) return null;
  if (others.length === 0) return first.snapshot();
  const pictures = await Promise.all(
    overlays.map(async (overlay) => createImageBitmap(await overlay.snapshot())),
  );
  try {
    return await sheetOf(pictures).convertToBlob({ type: 'image/png' });
  } finally {
    for (const picture of pictures) picture.close();
  }
}
