// What a question expects of its answer, made ready for the media that it is about.

import type { Expectation, MediaInfo } from '../../api.ts';
import { namedPlaces } from '../../constraints/expectation.ts';
import type { Grammars } from '../../constraints/grammars.ts';
import type { Guide } from '../../constraints/guide.ts';
import type { LogitsProcessor } from '../../decoder/logits-processors.ts';
import { Molmo2Error } from '../../errors.ts';
import { formatSeconds } from '../../text/format-seconds.ts';

/** What was shown, and what is added to every time that the model names. */
interface ShownMedia {
  readonly media: MediaInfo;
  readonly timeOffsetSec: number;
}

/** Leads an answer about what was shown. Throws TypeError, RangeError, or `bad-request` where points have no place. */
export function guideFor(grammars: Grammars, expect: Expectation, shown: ShownMedia): Guide {
  const places = namedPlaces(expect);
  if (places) checkMedia(places, shown.media.kind);
  return grammars.guide(expect, places ? groupKeys(shown) : []);
}

/**
 * Refuses what can be refused before anything is decoded: `kind` is what the question shows. Throws as `guideFor` does.
 */
export function checkExpectation(grammars: Grammars, expect: Expectation, kind: MediaInfo['kind']): void {
  const places = namedPlaces(expect);
  if (places) checkMedia(places, kind);
  else grammars.guide(expect, []);
}

function checkMedia(places: 'points' | 'tracks' | 'count', kind: MediaInfo['kind']): void {
  if (places === 'tracks' && kind !== 'video')
    throw new Molmo2Error(
      'bad-request',
      'options.expect is "tracks", which follow objects through a video, but no video is shown. Give one, or expect "points".',
    );
  if (kind === 'none' && places === 'points')
    throw new Molmo2Error(
      'bad-request',
      'options.expect is "points", but no picture or video is shown. Give one.',
    );
}

/** What groups of points begin with: numbers of pictures, or times as the model reads them. */
function groupKeys({ media, timeOffsetSec }: ShownMedia): readonly string[] {
  if (media.kind === 'images') return media.sizes.map((_, i) => String(i + 1));
  // The offset that was added is taken away again, but for what rounding did to it.
  const times = media.timestamps.map((sec) => Math.round((sec - timeOffsetSec) * 1e9) / 1e9);
  return [...new Set(times.map(formatSeconds))];
}

/** Leaves nothing but allowed tokens, on logits that are on this side. */
export function guideProcessor(guide: Guide): LogitsProcessor {
  return {
    apply(logits) {
      const { mask } = guide;
      for (let id = 0; id < logits.length; id++)
        if ((((mask[id >>> 5] ?? 0) >>> (id & 31)) & 1) === 0) logits[id] = -Infinity;
    },
  };
}
