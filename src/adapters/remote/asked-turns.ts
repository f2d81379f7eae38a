// What a question about pictures or a video says: subtitles, then the words, which may be a point to follow.

import type { AskInput, ChatMessage, MediaInfo } from '../../api.ts';
import { Molmo2Error } from '../../errors.ts';
import { subtitleCues, subtitleText } from '../../text/subtitles.ts';
import { trackPointPrompt } from '../../text/tracking-prompt.ts';
import { userTurn } from './conversation.ts';

function refuse(message: string): never {
  throw new Molmo2Error('bad-request', message);
}

/** The rate that the words speak of where nothing else is said: the released models'. */
const defaultFps = 2;

/** `isNew`: the media are shown with this question. @throws Molmo2Error `bad-request`. */
export async function askedTurns(
  input: AskInput,
  info: MediaInfo,
  isNew: boolean,
): Promise<readonly ChatMessage[]> {
  const { prompt = '', point, style } = input;
  const [size] = info.sizes;
  const shown = isNew ? info : null;
  if (info.kind !== 'video' || !size) {
    if (point) refuse('"point" follows an object through a video, and none was given. Add a video.');
    if (input.subtitles !== undefined)
      refuse('Subtitles belong to a video, and none was given. Add a video or leave the subtitles out.');
    return [userTurn(prompt, style, shown)];
  }
  const tracked = point && trackPointPrompt({ label: prompt.trim() || 'object', ...point, ...size, fps: input.maxFps ?? defaultFps }); // prettier-ignore
  const turn = userTurn(tracked?.prompt ?? prompt, style ?? tracked?.style, shown);
  const cues = isNew ? await subtitleCues(input.subtitles) : null;
  if (!cues) return [turn];
  // A server that samples a whole file does not say when: every cue is near a frame at 2 frames a second.
  const times = info.timestamps.length > 0 ? info.timestamps : cues.map(({ startSec }) => startSec);
  const text = subtitleText(cues, times);
  return text === '' ? [turn] : [{ role: 'subtitle', content: text }, turn];
}
