// A conversation as an OpenAI-shaped server takes it.

import type { AskInput, ChatMessage, ContentPart, MediaInfo } from '../../api.ts';
import { Molmo2Error } from '../../errors.ts';
import { styledText } from '../../text/styles.ts';
import type { SentMedia } from './shown-media.ts';

function refuse(message: string): never {
  throw new Molmo2Error('bad-request', message);
}

/** What a server would read as a picture or as the end of a turn, since it tokenises the whole conversation as one text. */
const control = /<\|\w+\|>|<(?:im|frame|low_res)_\w+>/;

function checkedText(text: string): string {
  const [token] = control.exec(text) ?? [];
  if (token === undefined) return text;
  return refuse(`The text "${token}" in a message is no text for a server: it would take it for a picture or a turn. Leave it out or write it otherwise.`); // prettier-ignore
}

/** The messages with the media in the place of their parts, in order. @throws Molmo2Error `bad-request` where they do not match. */
export function wireMessages(messages: readonly ChatMessage[], media: SentMedia | null): readonly unknown[] {
  const images = [...(media?.images ?? [])];
  const videos = media?.video ? [media.video] : [];
  const given = `${images.length} picture(s) and ${videos.length} video(s)`;
  const next = (urls: string[], type: string) =>
    urls.shift() ??
    refuse(`The messages have more ${type} parts than there are: ${given} were given. Match them.`);
  const partOf = (part: ContentPart) => {
    if (part.type === 'image') return { type: 'image_url', image_url: { url: next(images, 'image') } };
    if (part.type === 'video') return { type: 'video_url', video_url: { url: next(videos, 'video') } };
    if (part.type === 'text' && typeof part.text === 'string')
      return { type: 'text', text: checkedText(styledText(part.text, part.style)) };
    return refuse(`A message has a part of type ${JSON.stringify(part.type)}. Use {type: "text", text}, {type: "image"} or {type: "video"}.`); // prettier-ignore
  };
  const wired = messages.map(({ role, content }) => ({
    role,
    content: typeof content === 'string' ? checkedText(content) : content.map(partOf),
  }));
  if (images.length + videos.length > 0)
    refuse(`The messages have fewer parts than there are: ${given} were given. Match them.`);
  return wired;
}

/** One turn of a user: what is shown, then the words. */
export function userTurn(text: string, style: string | undefined, info: MediaInfo | null): ChatMessage {
  const shown = (info?.sizes ?? []).map((): ContentPart => ({
    type: info?.kind === 'video' ? 'video' : 'image',
  }));
  return { role: 'user', content: [...shown, { type: 'text', text, ...(style !== undefined && { style }) }] };
}

const unsaid = ['prompt', 'style', 'point', 'subtitles'] as const;

/** Refuses what is not a question. @throws TypeError or Molmo2Error. */
export function checkQuestion(input: AskInput): void {
  if (typeof input !== 'object' || input === null)
    throw new TypeError(`A question must be an object such as { image, prompt }, got ${String(input)}.`);
  const { prompt = '', messages, point } = input;
  if (typeof prompt !== 'string') throw new TypeError(`"prompt" must be a string, got ${typeof prompt}.`);
  const beside = messages && unsaid.find((name) => input[name] !== undefined);
  if (beside)
    throw new TypeError(
      `"messages" and "${beside}" exclude each other. Write the ${beside} into the messages.`,
    );
  if (!messages && !point && prompt.trim() === '')
    refuse('The prompt is empty. Write what you want to know, for example "Point to the dog."');
  if (input.video !== undefined && (input.image !== undefined || input.images !== undefined))
    refuse('A question is about pictures or about a video, not about both. Ask about one kind at a time.');
  for (const name of ['startSec', 'endSec'] as const)
    if (input[name] !== undefined)
      refuse(
        `"${name}" cannot be told to a server. Cut the file, or pass the frames of that part as { frames, timestamps }.`,
      );
}
