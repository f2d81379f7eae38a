// Plans a question whose media are open: what `ask` goes by, and what `planQuestion` tells without asking.

import type { ChatMessage, QuestionPlan } from '../api.ts';
import type { ProcessorConfig } from '../config.ts';
import { Molmo2Error } from '../errors.ts';
import type { KvFormat } from '../kernels/attention/kv-layer.ts';
import type { PortableImage } from '../media/media-types.ts';
import { promptIds, type PromptIds } from '../text/prompt.ts';
import { askSettings } from './answer/settings.ts';
import { Conversation } from './conversation.ts';
import { gpuModel, memoryModel, roomFor, type LoadedModel } from './loaded-model.ts';
import { messages } from './messages.ts';
import type { FitQuestion, Fitted, Prompted } from './plan/fit.ts';
import { plannedSeconds, type TryOut } from './plan/planned-seconds.ts';
import { planned, publicPlan } from './plan/public-plan.ts';
import type { AskRequest } from './request.ts';
import { openMedia, type OpenMedia } from './visual/visual-input.ts';
import { noShapes, type VisualShapes } from './visual/visual-shapes.ts';
import type { VisualKind } from './visual/visual-unit.ts';
import { questionLists } from './gpu/warm-up.ts';

/** A question in words and tokens, with what it shows in some detail. */
export interface Asked extends Prompted {
  readonly messages: readonly ChatMessage[];
}

/** Who asks what of whom. */
export interface Planner {
  readonly model: LoadedModel;
  readonly conversation: Conversation;
  readonly request: AskRequest;
  /** Slots for the answer behind a prompt that ends at `length`. */
  readonly answerSlots: (length: number) => number;
  /** A prompt with what is fed behind it. */
  readonly behind: (prompt: PromptIds) => PromptIds;
}

/** Of a new conversation. A trace is compared with exact values, so nothing is rounded unless that is asked for. */
export function askedFormat({ kv }: LoadedModel, { options }: AskRequest): KvFormat {
  return askSettings(options).kv ?? (options.trace ? 'f32' : kv);
}

/** Most new tokens behind a prompt of `length`: what was asked for or the context leaves; forced ids are all fed. */
export function answerSlots({ config }: LoadedModel, { options }: AskRequest, length: number): number {
  const { forceIds } = options.trace ?? {};
  if (forceIds) return forceIds.length;
  return Math.min(askSettings(options).maxNewTokens, Math.max(1, config.text.maxPositions - length));
}

/** Throws `bad-request` for a question without words. */
export function checkPrompt({ prompt, messages: given, point }: AskRequest): void {
  if (given || point || prompt.trim() !== '') return;
  throw new Molmo2Error(
    'bad-request',
    'The prompt is empty. Write what you want to know, for example "Point to the dog."',
  );
}

/** The question as one of its own, whatever the conversation holds. */
export function openedQuestion(planner: Planner, media: OpenMedia): FitQuestion<Asked> {
  const { model, conversation, request, answerSlots } = planner;
  return {
    model: memoryModel(model),
    room: roomFor(model, conversation),
    detail: media.detail,
    kv: askedFormat(model, request),
    canShrink: {
      ...media.canShrink,
      kv:
        request.options.kv === undefined && !request.options.trace && model.forward.formats.includes('int8'),
    },
    before: 0,
    at: (detail) => asked(planner, media.shapes(detail)),
    answerSlots,
  };
}

/** The same behind what the conversation holds, of which nothing can be less. */
export function continuedQuestion(planner: Planner, prompt: PromptIds): FitQuestion<Prompted> {
  const { model, conversation, request, answerSlots } = planner;
  return {
    model: memoryModel(model),
    room: roomFor(model, conversation),
    detail: { maxFrames: 0, maxCrops: 0 },
    kv: conversation.kvFormat ?? askedFormat(model, request),
    canShrink: { maxFrames: false, maxCrops: false, kv: false },
    before: conversation.length,
    at: () => ({ shapes: noShapes, prompt }),
    answerSlots,
  };
}

function asked({ model: loaded, request, behind }: Planner, shapes: VisualShapes): Asked {
  const { processor, config: model, tokenizer } = loaded;
  const { imageGrids: images, video } = shapes;
  const said = messages(request, shapes);
  const prompt = promptIds({ messages: said, images, video, processor, model, tokenizer });
  return { shapes, messages: said, prompt: behind(prompt) };
}

/**
 * What a question takes, as one of its own. Its media are opened and nothing is run, but for `tryOut`, where nobody knows yet
 * how fast this device is. Throws as `ask` does before it runs anything.
 */
export async function planQuestion(
  model: LoadedModel,
  request: AskRequest,
  tryOut: TryOut,
  signal?: AbortSignal,
): Promise<QuestionPlan> {
  const settings = askSettings(request.options);
  checkPrompt(request);
  const startMs = performance.now();
  const media = await openMedia(request, model.processor, { signal });
  const openedMs = performance.now() - startMs;
  try {
    const planner = {
      model,
      conversation: new Conversation(model.forward),
      request,
      answerSlots: (length: number) => answerSlots(model, request, length),
      behind: (prompt: PromptIds) => prompt,
    };
    const question = openedQuestion(planner, media);
    const plan = planned(question, settings.exact);
    const { weightBytes, features } = model;
    const told = publicPlan(plan, question, {
      weights: weightBytes,
      features: features.byteLength,
      featureBudget: features.budgetBytes,
    });
    if (plan.misfits.length > 0) return { ...told, seconds: null };
    const seconds = await secondsOf(model, plan, media, openedMs, tryOut, signal);
    return { ...told, seconds };
  } finally {
    media.close();
  }
}

/** A small question about nothing in particular, to see how fast a device is. */
export function trialRequest(kind: VisualKind | null, { image, video }: ProcessorConfig): AskRequest {
  const blank = (size: number): PortableImage => {
    const data = new Uint8ClampedArray(size * size * 3);
    return { kind: 'picture', picture: { width: size, height: size, channels: 3, data } };
  };
  const frames = [blank(video.size), blank(video.size)];
  return {
    followUp: false,
    prompt: 'What is this?',
    messages: null,
    style: undefined,
    images: kind === 'image' ? [blank(image.size)] : [],
    video: kind === 'video' ? { kind: 'frames', frames, timestamps: [0, 1] } : null,
    subtitles: null,
    point: null,
    startSec: undefined,
    endSec: undefined,
    maxFrames: undefined,
    maxFps: undefined,
    maxCrops: undefined,
    options: { maxNewTokens: 6, fit: 'exact' },
  };
}

function secondsOf(
  model: LoadedModel,
  { asked: { shapes, prompt }, kv, answerSlots: room, detail }: Fitted<Asked>,
  media: OpenMedia,
  openedMs: number,
  tryOut: TryOut,
  signal: AbortSignal | undefined,
) {
  const gpu = gpuModel(model);
  if (!gpu) return null; // nothing else is paced
  const { runner, config, processor, language, measured } = gpu;
  const { weights } = language;
  const lists = () =>
    questionLists(
      { kernels: runner.kernels, config, processor, weights, kv },
      {
        shapes,
        tokens: prompt.ids.length,
        slots: prompt.ids.length + room,
      },
    );
  return plannedSeconds({
    runner,
    measured,
    lists,
    shapes,
    openedMs,
    units: () => media.input(detail).units(signal),
    tryOut,
    signal,
  });
}
