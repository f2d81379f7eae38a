// Formats of weights that a model cannot be loaded with.

import { openFiles } from '#weights/source/open-files';
import type { RunSettings } from '../../eval/run/run-record.ts';
import { manifestFile } from '../../src/weights/bundle/manifest.ts';
import { modelSource } from '../../src/weights/source/model-source.ts';
import { UsageError } from '../failure.ts';
import { hubSettings } from '../hub-settings.ts';

/** A bundle has its own format, and every other one would be measured as if it were another. Throws UsageError. */
export async function refuseBundleWeights(cells: readonly RunSettings[], signal: AbortSignal): Promise<void> {
  const asked = cells.find(({ weights }) => weights !== undefined);
  if (!asked) return;
  const source = modelSource(asked.model, null, hubSettings());
  if (source.kind === 'urls') return;
  const manifest = await openFiles(source).read(manifestFile, signal);
  // A server may answer with a page in place of a missing file.
  if (!manifest || manifest[0] !== '{'.charCodeAt(0)) return;
  throw new UsageError(
    `${asked.model} is a bundle, whose weights have one format. Leave --weights out, or give the checkpoint that it was made of.`,
  );
}
