// Pictures or frames of many questions through the vision encoder, in full batches of crops.

import type { Tensor } from '../../gpu/tensor.ts';
import { invariant } from '../../errors.ts';
import type { GpuModel } from '../loaded-model.ts';
import type { ShownUnit } from '../visual/shown-units.ts';
import type { VisualKind } from '../visual/visual-unit.ts';
import { cropPlan, placesOf } from './crop-batches.ts';

export interface EncodeTogetherOptions {
  readonly signal: AbortSignal | undefined;
  /** Told how many crops were encoded, batch by batch. */
  readonly onCrops: (count: number) => void;
  /** Told the features of a unit, rows [row, row + rows) of `from`, which the next overwrite. */
  readonly onFeatures: (unit: ShownUnit, from: Tensor, row: number, rows: number) => Promise<void>;
}

/** Encodes units that are not known yet, all of one kind. Throws `out-of-memory` or the signal's own reason. */
export async function encodeTogether(
  { vision, language, config }: GpuModel,
  kind: VisualKind,
  units: readonly ShownUnit[],
  { signal, onCrops, onFeatures }: EncodeTogetherOptions,
): Promise<void> {
  const [sample] = units;
  if (!sample) return;
  const { window } = sample;
  const { numPatches } = config.vit;
  const tokensOf = ({ pooling }: ShownUnit) => pooling.length / window;
  const sized = units.map((unit) => ({ crops: unit.crops, tokens: tokensOf(unit) }));
  const { batches, places, mostTokens } = cropPlan(sized, vision.batchCrops);
  const scratch = language.visionScratch(vision.tensors({ crops: places, tokens: mostTokens, window }));
  const firstCrop: number[] = [];
  let crops = 0;
  for (const unit of units) {
    firstCrop.push(crops);
    crops += unit.crops;
  }
  let place = 0;
  for (const batch of batches) {
    signal?.throwIfAborted();
    const bytes = joinedCrops(batch.crops.map(({ unit, crop }) => cropOf(units[unit], crop)));
    const at = { taps: scratch.taps, row: place * numPatches };
    await vision.encodeBatch(kind, bytes, batch.crops.length, scratch.encoder, at, signal);
    onCrops(batch.crops.length);
    place = (place + vision.batchCrops) % places;
    const completed = batch.completed.flatMap((index) => {
      const unit = units[index];
      return unit ? [{ unit, own: placesOf(firstCrop[index] ?? 0, unit.crops, places) }] : [];
    });
    if (completed.length === 0) continue;
    const pooling = pooledPlaces(completed, numPatches);
    const features = await vision.connect(scratch.taps, pooling, window, scratch.connector, { signal });
    let row = 0;
    for (const { unit } of completed) {
      await onFeatures(unit, features, row, tokensOf(unit));
      row += tokensOf(unit);
    }
  }
}

/** One pooling table for units whose crops lie in these places. */
function pooledPlaces(
  completed: readonly { readonly unit: ShownUnit; readonly own: readonly number[] }[],
  numPatches: number,
): Int32Array<ArrayBuffer> {
  const table = new Int32Array(completed.reduce((sum, { unit }) => sum + unit.pooling.length, 0));
  let at = 0;
  for (const { unit, own } of completed)
    for (const index of unit.pooling) {
      const patch = index % numPatches;
      table[at++] = index < 0 ? -1 : (own[(index - patch) / numPatches] ?? 0) * numPatches + patch;
    }
  return table;
}

function cropOf(unit: ShownUnit | undefined, crop: number): Uint8Array {
  invariant(unit?.patches, 'the patches of a unit are there until its features are known');
  const cropBytes = unit.patches.byteLength / unit.crops;
  return unit.patches.subarray(crop * cropBytes, (crop + 1) * cropBytes);
}

function joinedCrops(crops: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(crops.reduce((sum, crop) => sum + crop.byteLength, 0));
  let at = 0;
  for (const crop of crops) {
    whole.set(crop, at);
    at += crop.byteLength;
  }
  return whole;
}
