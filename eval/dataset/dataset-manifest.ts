// dataset.json, by which a folder says that it is a dataset of ours and what is in it. Pure.

import * as v from 'valibot';
import { checked, countNumber, finite, parsedJson, path, seconds, whole } from '../readers/json.ts';

export const manifestName = 'dataset.json';

const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in hexadecimal'));
const split = v.strictObject({
  /** Rows for training. */
  file: v.pipe(v.string(), v.regex(/^[a-z]+\.jsonl$/, 'must be a name such as train.jsonl')),
  /** The same questions with everything that is known of them. */
  questionsFile: v.pipe(v.string(), v.regex(/^questions\/[a-z]+\.json$/, 'must be questions/NAME.json')),
  rows: countNumber,
  questions: countNumber,
});
/** Of a dataset's own files, none of which may lie elsewhere. */
const fileName = v.pipe(
  v.string(),
  v.regex(/^(?:[\w-][\w.-]*\/)*[\w-][\w.-]*$/, 'must be a plain path inside the folder'),
);
const manifest = v.strictObject({
  format: v.literal('molmo2-dataset', 'must be "molmo2-dataset"'),
  version: v.literal(1, 'must be 1, which this release reads'),
  madeBy: path,
  /** As the user gave them. */
  licence: v.nullable(v.string()),
  source: v.nullable(v.string()),
  seed: whole,
  inputs: v.array(v.strictObject({ name: path, format: path, questions: countNumber })),
  splits: v.record(v.pipe(v.string(), v.regex(/^[a-z]+$/, 'must be a small word')), split),
  media: v.array(
    v.strictObject({
      file: fileName,
      split: path,
      width: finite,
      height: finite,
      durationSec: v.exactOptional(seconds),
    }),
  ),
  statistics: v.unknown(),
  /** All files of the folder but this one. */
  files: v.array(v.strictObject({ file: fileName, byteLength: countNumber, sha256 })),
});

export type DatasetManifest = v.InferOutput<typeof manifest>;

/** Whether a dataset.json is one of ours, whatever else may be wrong with it. */
export const isManifest = (text: string): boolean => /"format":\s*"molmo2-dataset"/.test(text);

/** Reads a manifest. Throws `bad-dataset` with the key. */
export function readManifest(text: string, name: string): DatasetManifest {
  const context = { name };
  return checked(manifest, parsedJson(text, context), context);
}

export const manifestText = (value: DatasetManifest): string => `${JSON.stringify(value, null, 1)}\n`;
