// The files of questions of a folder that `dataset` has written.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isManifest, manifestName, readManifest } from '../../eval/dataset/dataset-manifest.ts';
import { fileSha256 } from '../../eval/dataset/sha256.ts';
import type { FormatName } from '../../eval/readers/formats.ts';

export interface DatasetFile {
  readonly file: string;
  /** Default: what the file itself tells. */
  readonly format?: FormatName;
  /** Something that whoever reads it should know. */
  readonly note?: string;
}

/**
 * Each split's questions with everything that is known of them, or, where its training rows were changed since, these rows; both name
 * media from `folder`. Null for what is no dataset. Throws `bad-dataset`.
 */
export async function datasetFiles(folder: string): Promise<readonly DatasetFile[] | null> {
  const name = join(folder, manifestName);
  const text = await readFile(name, 'utf8').catch(() => null);
  if (text === null || !isManifest(text)) return null;
  const { splits, files } = readManifest(text, name);
  const written = new Map(files.map(({ file, sha256 }) => [file, sha256]));
  const found: DatasetFile[] = [];
  for (const { file, questionsFile } of Object.values(splits)) {
    const rows = join(folder, file);
    const now = await fileSha256(rows).catch(() => null);
    if (!now || now.sha256 === written.get(file))
      found.push({ file: join(folder, questionsFile), format: 'json' });
    else
      found.push({
        file: rows,
        format: 'molmo2',
        note: `${rows} was changed since it was written: it is read as it is now, without the masks and boxes that only ${questionsFile} has.`,
      });
  }
  return found;
}
