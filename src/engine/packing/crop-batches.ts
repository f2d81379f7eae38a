// Crops of many pictures or frames in full batches for the vision encoder. Pure.
//
// A batch takes the next crops of whichever picture they are of. What the encoder makes of a crop waits in a ring of places until
// the last crop of its picture is there; then the picture is pooled.

import { ceilDiv } from '../../gpu/kernel.ts';

/** A picture with its crops, or a frame. */
export interface CroppedUnit {
  readonly crops: number;
  /** What it pools to. */
  readonly tokens: number;
}

export interface CropBatch {
  /** The crops in it, by unit and by number in the unit. */
  readonly crops: readonly { readonly unit: number; readonly crop: number }[];
  /** Units whose last crop is in it. */
  readonly completed: readonly number[];
}

export interface CropPlan {
  readonly batches: readonly CropBatch[];
  /** Places of the ring: whole batches, or all crops where they are fewer. */
  readonly places: number;
  /** Tokens that the units pool to that one batch completes, at most. */
  readonly mostTokens: number;
}

/** Batches of `batchCrops` crops, all full but the last. */
export function cropPlan(units: readonly CroppedUnit[], batchCrops: number): CropPlan {
  const all = units.flatMap(({ crops }, unit) =>
    Array.from({ length: crops }, (_, crop) => ({ unit, crop, isLast: crop === crops - 1 })),
  );
  const batches = Array.from({ length: ceilDiv(all.length, batchCrops) }, (_, i): CropBatch => {
    const crops = all.slice(i * batchCrops, (i + 1) * batchCrops);
    return { crops, completed: crops.filter(({ isLast }) => isLast).map(({ unit }) => unit) };
  });
  // Before a batch, all crops but the last of a unit may be waiting.
  const waiting = Math.max(0, ...units.map(({ crops }) => crops - 1));
  const tokensOf = ({ completed }: CropBatch) =>
    completed.reduce((sum, unit) => sum + (units[unit]?.tokens ?? 0), 0);
  return {
    batches,
    places: Math.min(all.length, (ceilDiv(waiting, batchCrops) + 1) * batchCrops),
    mostTokens: Math.max(1, ...batches.map(tokensOf)),
  };
}

/** The places of the ring in which a unit's crops wait, whose first is the crop number `first` of all. */
export function placesOf(first: number, crops: number, places: number): number[] {
  return Array.from({ length: crops }, (_, crop) => (first + crop) % places);
}
