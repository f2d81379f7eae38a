// A conversation as plain data, and back: its tokens are read again, its pictures are shown again and have to be the same.

import type { MediaInfo, Progress, SavedChat, SavedMedia } from '../api.ts';
import { Molmo2Error } from '../errors.ts';
import type { KvFormat } from '../kernels/attention/kv-layer.ts';
import { featureTokenIds, imageTokenIds } from '../text/prompt.ts';
import type { Conversation } from './conversation.ts';
import type { LoadedModel } from './loaded-model.ts';
import { readPrompt, type Reader } from './read-prompt.ts';
import { StageClock } from './stage-clock.ts';
import { openShown, type Shown } from './visual/shown.ts';
import type { ShownUnit } from './visual/shown-units.ts';
import type { VisualRequest } from './visual/visual-input.ts';

/** A saved chat without its messages, which are not the engine's. */
export type SavedConversation = Omit<SavedChat, 'messages'>;

export interface RestoreRequest extends Pick<VisualRequest, 'images' | 'video'> {
  readonly saved: SavedConversation;
}

/** What decides whether ids mean the same: sizes, special tokens, and how media become tokens. */
async function modelKey({ config, processor, tokenizer }: LoadedModel): Promise<string> {
  const { text, vit, adapter, tokens } = config;
  const { vocabSize, additionalVocabSize, hiddenSize, numLayers, numHeads, numKvHeads, headDim } = text;
  const { image, video } = processor;
  const told = [
    [vocabSize, additionalVocabSize, hiddenSize, numLayers, numHeads, numKvHeads, headDim],
    [vit.hiddenSize, vit.imageSize, vit.patchSize, ...adapter.vitLayers],
    Object.entries(tokens).toSorted(([a], [b]) => (a < b ? -1 : 1)),
    [image.size, image.patchSize, ...image.poolingSize, ...image.overlapMargins],
    [video.size, video.patchSize, ...video.poolingSize],
    [tokenizer.bosId, ...tokenizer.eosIds],
  ];
  const bytes = new TextEncoder().encode(JSON.stringify(told));
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** What a conversation holds, as plain data. */
export async function saveChat(
  model: LoadedModel,
  name: string,
  conversation: Conversation,
): Promise<SavedConversation> {
  const head = { format: 'molmo2-chat', version: 1, model: { name, key: await modelKey(model) } } as const;
  const { turns, ids, pending, visualLength, seen, kvFormat } = conversation;
  if (turns === 0) return { ...head, kv: null, media: null, ids: [], pending: 0, visualLength: 0 };
  const { kind, sizes, timestamps } = seen.media;
  const { keys, sampling, subtitles } = seen;
  const media: SavedMedia | null =
    kind === 'none' ? null : { kind, hashes: keys, sizes, timestamps, sampling, subtitles };
  return { ...head, kv: kvFormat, media, ids: [...ids, ...pending], pending: pending.length, visualLength };
}

/**
 * Makes an empty conversation the one that was saved. Throws `bad-saved-chat` where it is of another model, `other-media`
 * where the media are missing or not the same, media errors, or the signal's own reason; the conversation is empty then.
 */
export async function restoreChat(
  model: LoadedModel,
  conversation: Conversation,
  request: RestoreRequest,
  onProgress: (progress: Progress) => void,
  signal?: AbortSignal,
): Promise<void> {
  const { saved } = request;
  if (saved.model.key !== (await modelKey(model)))
    throw new Molmo2Error(
      'bad-saved-chat',
      `The chat was saved with the model ${saved.model.name}, whose tokens mean something else to this one. Load that model, or begin a new chat.`,
    );
  checkIds(saved, model);
  checkGiven(saved.media, request);
  if (saved.ids.length === 0) return;
  const progress: Reader['progress'] = (stage) => (done, total) => onProgress({ stage, done, total });
  const reader = {
    model,
    conversation,
    signal,
    clock: new StageClock(),
    trace: null,
    taught: null,
    progress,
  };
  model.features.beginQuestion();
  try {
    if (saved.media) await readMedia(reader, saved, saved.media, request);
    await readWords(reader, saved);
    conversation.pending = saved.ids.slice(saved.ids.length - saved.pending);
    conversation.turns = 1;
  } catch (error) {
    conversation.reset();
    throw error;
  }
}

/** As it was saved, where that can be computed here. */
function keptFormat({ kv }: SavedConversation, model: LoadedModel): KvFormat {
  return kv !== null && model.forward.formats.includes(kv) ? kv : model.kv;
}

/** Slots for the answer to a next question that sets no limit. */
const answerSlots = 2048;

/** Feeds the part of the ids that shows pictures. */
async function readMedia(
  reader: Reader,
  saved: SavedConversation,
  media: SavedMedia,
  given: RestoreRequest,
): Promise<void> {
  const { model, conversation, signal } = reader;
  const { processor, features, config } = model;
  const { startSec, endSec, maxFrames, maxFps, maxCrops } = media.sampling;
  const request = { ...given, startSec, endSec, maxFrames, maxFps, maxCrops };
  const onMedia = reader.progress('media');
  const shown = await openShown(request, { processor, cache: features, keepPatches: false, signal, onMedia });
  try {
    checkShapes(media, shown.input.media);
    const ids = Uint32Array.from(saved.ids.slice(0, saved.visualLength));
    const imageIds = imageTokenIds(config.tokens);
    const featureIds = featureTokenIds(config.tokens);
    const visionTokens = ids.filter((id) => featureIds.includes(id)).length;
    const isImage = Uint8Array.from(ids, (id) => (imageIds.has(id) ? 1 : 0));
    checkTokens(visionTokens, isImage, shown);
    const all = saved.ids.length - saved.pending;
    const room = Math.min(config.text.maxPositions, all + answerSlots) - ids.length;
    await readPrompt(reader, {
      prompt: { ids, isImage, visionTokens },
      shown: { ...shown, units: checked(shown.units.units(), media) },
      room,
      format: keptFormat(saved, model),
    });
    const { timeOffsetSec, maxFps: sampledFps } = shown.input;
    const { sampling, subtitles } = media;
    const keys = [...shown.units.keys];
    conversation.seen = {
      media: shown.input.media,
      timeOffsetSec,
      maxFps: sampledFps,
      keys,
      sampling,
      subtitles,
      source: given,
    };
    conversation.visualLength = ids.length;
  } finally {
    await shown.close();
  }
}

/** Feeds the other ids, all but those that the model had not read. */
async function readWords(reader: Reader, saved: SavedConversation): Promise<void> {
  const end = saved.ids.length - saved.pending;
  const ids = Uint32Array.from(saved.ids.slice(saved.visualLength, end));
  if (ids.length === 0) return;
  await readPrompt(reader, {
    prompt: { ids, isImage: new Uint8Array(ids.length), visionTokens: 0 },
    shown: null,
    room: Math.min(answerSlots, reader.model.config.text.maxPositions - end),
    format: keptFormat(saved, reader.model),
  });
}

/** Units as they come, as long as they are those that were saved. */
async function* checked(
  units: AsyncIterable<ShownUnit>,
  { kind, hashes }: SavedMedia,
): AsyncGenerator<ShownUnit, void, undefined> {
  let at = 0;
  for await (const unit of units) {
    const expected = hashes[at++];
    if (unit.key !== expected) {
      const what = kind === 'video' ? `Frame ${at} of the video` : `Image ${at}`;
      refuseMedia(
        `${what} is another one than was saved: its hash begins ${unit.key.slice(0, 12)}, not ${expected?.slice(0, 12)}`,
      );
    }
    yield unit;
  }
}

function refuseMedia(what: string): never {
  throw new Molmo2Error(
    'other-media',
    `${what}. Give the same files as when the chat was saved, in the same order, or begin a new chat.`,
  );
}

function checkGiven(media: SavedMedia | null, { images, video }: RestoreRequest): void {
  const pictures = (count: number) => `${count} picture${count === 1 ? '' : 's'}`;
  const given = [...(images.length > 0 ? [pictures(images.length)] : []), ...(video ? ['a video'] : [])];
  const wanted =
    media === null ? 'nothing' : media.kind === 'video' ? 'a video' : pictures(media.hashes.length);
  const found = given.length === 0 ? 'nothing' : given.join(' and ');
  if (found !== wanted) refuseMedia(`The saved chat shows ${wanted}, what was given is ${found}`);
}

function checkShapes(saved: SavedMedia, { sizes, timestamps }: MediaInfo): void {
  const text = ({ width = 0, height = 0 } = {}) => `${width} x ${height}`;
  const what = (i: number) => (saved.kind === 'video' ? 'The video' : `Image ${i + 1}`);
  sizes.forEach((size, i) => {
    if (text(size) !== text(saved.sizes[i]))
      refuseMedia(`${what(i)} has ${text(size)} pixels, the saved one has ${text(saved.sizes[i])}`);
  });
  const differs = timestamps.findIndex((sec, i) => sec !== saved.timestamps[i]);
  if (timestamps.length !== saved.timestamps.length)
    refuseMedia(
      `The video has ${timestamps.length} sampled frames, the saved one has ${saved.timestamps.length}`,
    );
  if (differs >= 0)
    refuseMedia(
      `Frame ${differs + 1} of the video is at ${timestamps[differs]} s, that of the saved one at ${saved.timestamps[differs]} s`,
    );
}

/** Only a file that somebody changed has ids that do not fit its own pictures. */
function checkTokens(visionTokens: number, isImage: Uint8Array, { input }: Shown): void {
  const images = input.imageGrids.reduce((sum, [a, b, c, d]) => sum + a * b + c * d, 0);
  const frames = input.video ? input.video.timestamps.length * input.video.grid[0] * input.video.grid[1] : 0;
  if (visionTokens === images + frames && isImage.at(-1) === 1) return;
  const found =
    visionTokens === images + frames
      ? `those of its pictures do not end where they should, at ${isImage.length}`
      : `they have room for ${visionTokens} image features, its pictures have ${images + frames}`;
  throw new Molmo2Error(
    'bad-saved-chat',
    `The ids of the saved chat are damaged: ${found}. Begin a new chat.`,
  );
}

function checkIds({ ids }: SavedConversation, { config }: LoadedModel): void {
  const { vocabSize, additionalVocabSize, maxPositions } = config.text;
  const most = vocabSize + additionalVocabSize;
  const wrong = ids.find((id) => id >= most);
  if (wrong !== undefined)
    throw new Molmo2Error(
      'bad-saved-chat',
      `The saved chat is damaged: it has the id ${wrong}, the largest is ${most - 1}. Begin a new chat.`,
    );
  if (ids.length > maxPositions)
    throw new Molmo2Error(
      'context-full',
      `The saved chat has ${ids.length} tokens, but the model reads at most ${maxPositions}. Begin a new chat.`,
    );
}
