// All formats of questions and references, by the names that users choose them by.

import { burst } from './burst.ts';
import { coco } from './coco.ts';
import { csv } from './csv.ts';
import type { DatasetFormat } from './format.ts';
import { mot } from './mot.ts';
import { ownJson } from './own-json.ts';
import { pixmoPoints } from './pixmo-points.ts';
import { tao } from './tao.ts';
import { trainingText } from './training-text.ts';

export const formats = {
  json: ownJson,
  molmo2: trainingText,
  coco,
  mot,
  burst,
  tao,
  'pixmo-points': pixmoPoints,
  csv,
} as const satisfies Record<string, DatasetFormat>;

export type FormatName = keyof typeof formats;

/** The format that a file's name and beginning tell; null where they tell none. */
export function guessedFormat(name: string, text: string): FormatName | null {
  const lower = name.toLowerCase();
  if (lower.endsWith('.csv')) return 'csv';
  if (lower.endsWith('.txt')) return 'mot';
  const has = (...keys: readonly string[]) => keys.every((key) => text.includes(`"${key}"`));
  if (lower.endsWith('.jsonl')) {
    if (has('message_list')) return 'molmo2';
    return has('image_url', 'points') ? 'pixmo-points' : null;
  }
  if (!lower.endsWith('.json')) return null;
  if (has('format', 'molmo2-questions')) return 'json';
  if (has('sequences', 'segmentations')) return 'burst';
  if (has('videos', 'tracks', 'annotations')) return 'tao';
  return has('images', 'annotations') ? 'coco' : null;
}
