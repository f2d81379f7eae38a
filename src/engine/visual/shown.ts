// What one question shows, opened: its shapes at once, its pictures or frames as they are decoded.

import type { ProcessorConfig } from '../../config.ts';
import type { FeatureCache } from './feature-cache.ts';
import { ShownUnits } from './shown-units.ts';
import { openVisualInput, type VisualInput, type VisualRequest } from './visual-input.ts';
import type { VisualKind } from './visual-unit.ts';

export interface Shown {
  readonly input: VisualInput;
  readonly kind: VisualKind;
  readonly units: ShownUnits;
  close(): Promise<void>;
}

export interface OpenShownOptions {
  readonly processor: ProcessorConfig;
  readonly cache: FeatureCache;
  /** Keeps pixels also where features are known. */
  readonly keepPatches: boolean;
  readonly signal: AbortSignal | undefined;
  /** Told about pictures or frames as they are decoded. */
  readonly onMedia: (done: number, total: number) => void;
}

/** Opens what a question shows; whoever opens it closes it. Throws as `openVisualInput` does. */
export async function openShown(request: VisualRequest, options: OpenShownOptions): Promise<Shown> {
  const { processor, cache, keepPatches, signal, onMedia } = options;
  const input = await openVisualInput(request, processor, signal, onMedia);
  const kind = input.media.kind === 'video' ? 'video' : 'image';
  const frames = input.media.timestamps.length;
  const source = input.units(signal, (done) => onMedia(done, frames));
  const units = new ShownUnits(source, kind, cache, keepPatches);
  return {
    input,
    kind,
    units,
    async close() {
      await units.close();
      input.close();
    },
  };
}

type Shapes = Pick<VisualInput, 'media' | 'timeOffsetSec'>;

/** Whether sizes and times are the same, which costs nothing to see; the pixels may still differ. */
export function isShapedAlike(a: Shapes, b: Shapes): boolean {
  const shape = ({ media: { kind, sizes, timestamps }, timeOffsetSec }: Shapes) =>
    JSON.stringify([kind, sizes, timestamps, timeOffsetSec]);
  return shape(a) === shape(b);
}
