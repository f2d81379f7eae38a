// What one question shows, opened: its shapes at once, its pictures or frames as they are decoded.

import type { ProcessorConfig } from '../../config.ts';
import type { KnownFeatures } from './feature-cache.ts';
import { ShownUnits } from './shown-units.ts';
import {
  openMedia,
  type OpenMedia,
  type OpenMediaOptions,
  type VisualInput,
  type VisualRequest,
} from './visual-input.ts';
import type { VisualDetail } from './visual-shapes.ts';
import type { VisualKind } from './visual-unit.ts';

export interface Shown {
  readonly input: VisualInput;
  readonly kind: VisualKind;
  readonly units: ShownUnits;
  /** The same from its beginning, in as much detail as is chosen now; this one is closed. */
  again(): Promise<Shown>;
  close(): Promise<void>;
}

export interface OpenShownOptions {
  readonly processor: ProcessorConfig;
  readonly cache: KnownFeatures;
  /** Keeps pixels also where features are known. */
  readonly keepPatches: boolean;
  /** Says how much of what was asked for is looked at, once it is open; default all. */
  readonly choose?: ((media: OpenMedia) => VisualDetail) | undefined;
  readonly video?: OpenMediaOptions['video'];
  readonly signal: AbortSignal | undefined;
  /** Told about pictures or frames as they are decoded. */
  readonly onMedia: (done: number, total: number) => void;
}

/** Opens what a question shows; whoever opens it closes it. Throws as `openMedia` does, and what `choose` throws. */
export async function openShown(request: VisualRequest, options: OpenShownOptions): Promise<Shown> {
  const { processor, signal, onMedia, video } = options;
  const media = await openMedia(request, processor, { signal, onMedia, video });
  try {
    return lookAt(media, options);
  } catch (error) {
    media.close();
    throw error;
  }
}

function lookAt(media: OpenMedia, options: OpenShownOptions): Shown {
  const { cache, keepPatches, signal, onMedia, choose } = options;
  const input = media.input(choose?.(media) ?? media.detail);
  const kind = input.media.kind === 'video' ? 'video' : 'image';
  const frames = input.media.timestamps.length;
  const source = input.units(signal, (done) => onMedia(done, frames));
  const units = new ShownUnits(source, kind, cache, keepPatches);
  return {
    input,
    kind,
    units,
    async again() {
      await units.close();
      return lookAt(media, options);
    },
    async close() {
      await units.close();
      media.close();
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
