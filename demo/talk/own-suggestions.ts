// What a visitor may ask about files of their own. Pure. The phrases are ones that the models were trained with.

import type { Media } from '../media/media.ts';

/** The built-in model knows shapes alone. */
export function ownSuggestions(
  { kind, files }: Pick<Media, 'kind' | 'files'>,
  builtIn: boolean,
): readonly string[] {
  if (builtIn)
    return kind === 'video'
      ? ['Track the circle.', 'How many circles appear in the video?']
      : ['Point to the circles.', 'How many squares are there?', 'Caption this image.'];
  if (kind === 'video')
    return ['Describe this video.', 'Track the people.', 'How many people are there in the video?'];
  return [
    files.length > 1 ? 'Describe these images.' : 'Describe this image.',
    'Point to the people.',
    'How many objects are there?',
    'What text can be read?',
  ];
}
