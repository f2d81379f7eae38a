// From a conversation and the shapes of its media to the ids that the decoder is given.

import type { ChatMessage } from '../api.ts';
import type { ModelConfig, ProcessorConfig, VisionTokenIds } from '../config.ts';
import { Molmo2Error } from '../errors.ts';
import { followUpChat, imageToken, renderChat, videoToken, type Segment } from './chat-template.ts';
import type { Tokenizer } from './tokenizer.ts';
import { imageTokens, videoSegments } from './visual-tokens.ts';

export interface PromptInput {
  readonly messages: readonly ChatMessage[];
  /** Per picture [rows, columns] of the global grid and of the high-resolution grid. */
  readonly images: readonly (readonly [number, number, number, number])[];
  /** Times of the sampled frames in seconds, and [rows, columns] of the grid of a frame. */
  readonly video: { readonly timestamps: readonly number[]; readonly grid: readonly [number, number] } | null;
  readonly processor: ProcessorConfig;
  readonly model: ModelConfig;
  readonly tokenizer: Tokenizer;
}

export interface PromptIds {
  readonly ids: Uint32Array;
  /** 1 where a token belongs to a picture or frame: those see each other in both directions. */
  readonly isImage: Uint8Array;
  /** Tokens that carry an image feature. */
  readonly visionTokens: number;
}

/** Refuses media that do not fit the placeholders of the conversation. */
function checkMedia(segments: readonly Segment[], input: PromptInput): void {
  const count = (name: string) => segments.filter((s) => typeof s !== 'string' && s.token === name).length;
  const images = count(imageToken);
  const videos = count(videoToken);
  const fail = (message: string): never => {
    throw new Molmo2Error('bad-request', message);
  };
  if (videos > 1)
    fail(`The messages have ${videos} video parts. The model takes one video per conversation.`);
  if (videos > 0 && images > 0)
    fail(`The messages have ${images} image part(s) and a video part. Ask about one kind at a time.`);
  if (images !== input.images.length)
    fail(
      `The messages have ${images} image part(s) but ${input.images.length} image(s) were given. Match them.`,
    );
  const given = input.video ? 1 : 0;
  if (videos !== given)
    fail(`The messages have ${videos} video part(s) but ${given} video(s) were given. Match them.`);
  if (input.video?.timestamps.length === 0) fail('The video has no sampled frames. Give at least one.');
}

/** Replaces the placeholders, in order, by labels and by runs of visual tokens. */
function fillPlaceholders(segments: readonly Segment[], input: PromptInput): (Segment | number[])[] {
  const { images, video, processor, model } = input;
  let nextImage = 0;
  return segments.flatMap((segment): (Segment | number[])[] => {
    if (typeof segment === 'string') return [segment];
    if (segment.token === videoToken && video)
      return videoSegments(video.timestamps, video.grid, processor.video, model.tokens);
    const grid = segment.token === imageToken ? images[nextImage++] : undefined;
    return grid ? [imageTokens(grid, processor.image, model.tokens)] : [segment];
  });
}

/** Ids of segments; neighbouring strings are encoded as one, since byte pairs merge across them. */
function encodeSegments(segments: readonly (Segment | number[])[], tokenizer: Tokenizer): number[] {
  const ids: number[] = [];
  let text = '';
  const flush = () => {
    if (text !== '') for (const id of tokenizer.encode(text)) ids.push(id);
    text = '';
  };
  for (const segment of segments) {
    if (typeof segment === 'string') {
      text += segment;
      continue;
    }
    flush();
    if (Array.isArray(segment)) for (const id of segment) ids.push(id);
    else ids.push(controlId(segment.token, tokenizer));
  }
  flush();
  return ids;
}

function controlId(name: string, tokenizer: Tokenizer): number {
  const id = tokenizer.tokenId(name);
  if (id !== undefined) return id;
  throw new Molmo2Error(
    'bad-checkpoint',
    `tokenizer.json has no token "${name}". Use the tokenizer files of a Molmo2 checkpoint.`,
  );
}

/** Ids of tokens that carry an image feature: `<im_low>` stands for the global crop where the processor says so. */
export function featureTokenIds(ids: VisionTokenIds): readonly number[] {
  return [ids.imPatch, ids.imLow];
}

/** Ids of tokens that belong to a picture or a frame, its markers included. */
export function imageTokenIds(ids: VisionTokenIds): ReadonlySet<number> {
  return new Set(Object.values<number>({ ...ids }));
}

/**
 * The ids of a whole prompt: BOS (unless the text already begins with it), visual tokens and text. Throws
 * `bad-request` when the media do not fit the placeholders of the messages.
 */
export function promptIds(input: PromptInput): PromptIds {
  const { tokenizer, model } = input;
  const segments = renderChat(input.messages);
  checkMedia(segments, input);
  const encoded = encodeSegments(fillPlaceholders(segments, input), tokenizer);
  const ids = Uint32Array.from(encoded[0] === tokenizer.bosId ? encoded : [tokenizer.bosId, ...encoded]);
  const imageIds = imageTokenIds(model.tokens);
  const featureIds = featureTokenIds(model.tokens);
  return {
    ids,
    isImage: Uint8Array.from(ids, (id) => (imageIds.has(id) ? 1 : 0)),
    visionTokens: ids.reduce((sum, id) => sum + (featureIds.includes(id) ? 1 : 0), 0),
  };
}

/** The ids of a later question, to be appended to a cache that ends with the generated end-of-sequence id. */
export function followUpIds(prompt: string, style: string | undefined, tokenizer: Tokenizer): Uint32Array {
  return Uint32Array.from(encodeSegments(followUpChat(prompt, style), tokenizer));
}
