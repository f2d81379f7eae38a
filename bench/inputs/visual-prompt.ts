// Prompts with pictures or frames as far as the decoder sees them: ids and which tokens are of the image kind. Pure.

import type { ModelConfig } from '../../src/config.ts';
import { videoTokens } from './video-tokens.ts';

interface Picture {
  readonly kind: 'image';
  readonly patches: number;
  readonly crops: number;
  /** Patches that become a token. */
  readonly window: number;
  readonly tokens: number;
  /** Tokens around them that count as image. */
  readonly markers: number;
}

interface Video {
  readonly kind: 'video';
  readonly patches: number;
  /** Frames. */
  readonly crops: number;
  readonly window: number;
}

export type VisualShape = Picture | Video;

export interface VisualPrompt {
  readonly ids: Uint32Array<ArrayBuffer>;
  readonly isImage: Uint8Array;
  readonly featureIds: readonly number[];
  /** Tokens that take a feature. */
  readonly features: number;
}

const question = 64;

/** The prompt of a picture or video, with 64 tokens of text. */
export function visualPrompt(visual: VisualShape, { tokens }: ModelConfig): VisualPrompt {
  const { imPatch, imStart, imEnd } = tokens;
  const perFrame = visual.patches / visual.window;
  const features = visual.kind === 'image' ? visual.tokens : visual.crops * perFrame;
  const isImage =
    visual.kind === 'image'
      ? new Uint8Array(visual.tokens + visual.markers + question).fill(1, 0, visual.tokens + visual.markers)
      : videoTokens(visual.crops * (perFrame + 6) + question, perFrame + 2).isImage;
  const ids = Uint32Array.from(isImage, (image, i) => (image ? imPatch : 1 + (i % 200)));
  if (visual.kind === 'image') ids.fill(imStart, 0, visual.markers);
  else
    for (let i = 0; i < ids.length; i++) {
      if (isImage[i] && !isImage[i - 1]) ids[i] = imStart;
      if (isImage[i] && !isImage[i + 1]) ids[i] = imEnd;
    }
  return { ids, isImage, featureIds: [imPatch], features };
}
