// A question -> the conversation that the template renders.

import type { ChatMessage, ContentPart } from '../api.ts';
import { Molmo2Error } from '../errors.ts';
import { subtitleText } from '../text/subtitles.ts';
import { trackPointPrompt } from '../text/tracking-prompt.ts';
import type { AskRequest } from './request.ts';
import type { VisualShapes } from './visual/visual-shapes.ts';

export interface Question {
  readonly text: string;
  readonly style: string | undefined;
}

/** What the words of a question may speak of. */
export type Shown = Pick<VisualShapes, 'media' | 'timeOffsetSec' | 'maxFps'>;

/** The words of the question: the prompt, or the request to follow a point that the prompt names. */
export function question(request: AskRequest, visual: Shown): Question {
  const { prompt, point, style } = request;
  if (point) {
    const size = visual.media.sizes[0];
    if (visual.media.kind !== 'video' || !size)
      throw new Molmo2Error(
        'bad-request',
        'options "point" follows an object through a video, and none was given. Add a video.',
      );
    const tracked = trackPointPrompt({
      label: prompt.trim() || 'object',
      timeSec: point.timeSec - visual.timeOffsetSec,
      x: point.x,
      y: point.y,
      width: size.width,
      height: size.height,
      fps: visual.maxFps,
    });
    return { text: tracked.prompt, style: style ?? tracked.style };
  }
  if (prompt.trim() === '')
    throw new Molmo2Error(
      'bad-request',
      'The prompt is empty. Write what you want to know, for example "Point to the dog."',
    );
  return { text: prompt, style };
}

/** What a user says, behind the placeholders of what is shown. */
export function userTurn({ text, style }: Question, shown: readonly ContentPart[] = []): ChatMessage {
  const part: ContentPart = { type: 'text', text, ...(style !== undefined && { style }) };
  return { role: 'user', content: [...shown, part] };
}

/** The messages of a fresh question: the given ones, or one user turn with the media in front of the text. */
export function messages(request: AskRequest, visual: VisualShapes): readonly ChatMessage[] {
  if (request.messages) return request.messages;
  const shown: ContentPart[] = [
    ...request.images.map(() => ({ type: 'image' as const })),
    ...(request.video ? [{ type: 'video' as const }] : []),
  ];
  const turn = userTurn(question(request, visual), shown);
  if (!request.subtitles) return [turn];
  if (!visual.video)
    throw new Molmo2Error(
      'bad-request',
      'Subtitles belong to a video, and none was given. Add a video or leave the subtitles out.',
    );
  // The model's clock begins at the first moment it sees.
  const shift = visual.timeOffsetSec;
  const cues = request.subtitles.map((cue) => ({
    ...cue,
    startSec: cue.startSec - shift,
    endSec: cue.endSec - shift,
  }));
  const text = subtitleText(cues, visual.video.timestamps);
  return text === '' ? [turn] : [{ role: 'subtitle', content: text }, turn];
}
