// Annotations that were opened from a file, as a turn among the others.

import { type AnnotationDocument, answerOf, mediaOf } from '../../src/annotations/annotations.ts';
import type { Media } from '../media/media.ts';
import { newTurn, type Turn } from '../talk/turn.ts';

const noTimes = { loadMs: 0, mediaMs: 0, visionMs: 0, prefillMs: 0, decodeMs: 0, totalMs: 0 };
const noTokens = { promptTokens: 0, visionTokens: 0, visionCrops: 0, newTokens: 0 };

/** `name` is that of the file. */
export function importedTurn(id: number, name: string, document: AnnotationDocument, media: Media): Turn {
  const [asked] = document.asked;
  const prompt = asked && asked.prompt !== '' ? asked.prompt : `Annotations of ${name}`;
  const info = mediaOf(document);
  const { points, tracks } = answerOf(document);
  const turn = newTurn(id, { prompt, media, keep: false, limits: {} });
  const answer = {
    text: asked?.text ?? `${document.objects.length} objects, read from ${name}.`,
    tokenIds: [],
    finishReason: 'stop' as const,
    points,
    tracks,
    count: null,
    usage: noTokens,
    timings: noTimes,
  };
  turn.events.push({ type: 'media', media: info, continues: false }, { type: 'done', answer });
  return Object.assign(turn, {
    state: 'answered' as const,
    text: answer.text,
    info,
    answer,
    draft: document,
  });
}
