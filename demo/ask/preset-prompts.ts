// The wording of each kind of question. Pure. The phrases are ones that the models were trained with.

import type { MediaKind } from '../media/media.ts';

export type Preset = 'point' | 'count' | 'track' | 'describe' | 'ask';

export const presets: readonly Preset[] = ['point', 'count', 'track', 'describe', 'ask'];

/** Kinds of question that name an object. */
export function needsLabel(preset: Preset): boolean {
  return preset === 'point' || preset === 'count' || preset === 'track';
}

/** Only a video has motion to follow. */
export function isPossible(preset: Preset, kind: MediaKind): boolean {
  return preset !== 'track' || kind !== 'images';
}

/** The built-in model learned fewer phrases about videos than the released ones. */
function videoPhrase(preset: Preset, label: string, builtIn: boolean): string {
  if (preset === 'point')
    return builtIn ? `Point to the ${label} when they first appear.` : `Point to any ${label} in the video.`;
  return builtIn ? `How many ${label} appear in the video?` : `How many ${label} are there in the video?`;
}

/** The question of a preset; empty for a free question, and `label` may be a placeholder such as `...`. */
export function presetPrompt(
  preset: Preset,
  label: string,
  about: { readonly kind: MediaKind; readonly pictures: number; readonly builtIn: boolean },
): string {
  const video = about.kind === 'video';
  switch (preset) {
    case 'point':
      return video ? videoPhrase(preset, label, about.builtIn) : `Point to the ${label}.`;
    case 'count':
      return video ? videoPhrase(preset, label, about.builtIn) : `How many ${label} are there?`;
    case 'track':
      return `Track the ${label}.`;
    case 'describe':
      return video
        ? 'Describe this video.'
        : about.pictures > 1
          ? 'Describe these images.'
          : 'Describe this image.';
    case 'ask':
      return '';
  }
}
