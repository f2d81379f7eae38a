// Small pictures of the demo's samples: a page that shows ten of them would otherwise load ten whole pictures.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DemoSample, IndexEntry } from './demo-samples.ts';

/** Twice the size that the page shows, for dense screens. */
const height = 112;
const widths = { alone: 168, among: 88 };

/** What a thumbnail is made of: the picture, or the first frame of the clip. */
function sourceOf({ files, thumbnails }: DemoSample, number: number, entry: IndexEntry | undefined): string {
  const name = thumbnails.length > 1 ? files[number] : (entry?.frames?.[0] ?? files[0]);
  if (name === undefined) throw new Error(`The sample ${entry?.name} has no picture.`);
  return name;
}

/** Writes the thumbnails of `shown` into `to`, from media in `from`. */
export async function writeThumbnails(
  shown: readonly DemoSample[],
  index: readonly IndexEntry[],
  { from, to }: { readonly from: string; readonly to: string },
): Promise<void> {
  const { default: sharp } = await import('sharp');
  for (const sample of shown) {
    const entry = index.find(({ name }) => name === sample.name);
    const width = sample.thumbnails.length > 1 ? widths.among : widths.alone;
    for (const [number, thumbnail] of sample.thumbnails.entries()) {
      const picture = sharp(join(from, sourceOf(sample, number, entry)));
      const small = await picture.resize(width, height, { fit: 'cover' }).webp({ quality: 82 }).toBuffer();
      writeFileSync(join(to, thumbnail), small);
    }
  }
}
