// Feeds a prompt to a conversation: its tokens are embedded, what it shows is encoded or found and added, and all layers run.

import type { Stage } from '../api.ts';
import type { KvFormat } from '../kernels/attention/kv-layer.ts';
import { featureTokenIds, type PromptIds } from '../text/prompt.ts';
import type { TaughtAnswer } from './answer/taught-answer.ts';
import type { Conversation } from './conversation.ts';
import type { LoadedModel } from './loaded-model.ts';
import type { PromptPass, TokenCache } from './forward/forward.ts';
import type { RunTrace } from './answer/run-trace.ts';
import type { StageClock } from './stage-clock.ts';
import type { Shown } from './visual/shown.ts';
import type { ShownUnit } from './visual/shown-units.ts';

/** Who reads, and who is told. */
export interface Reader {
  readonly model: LoadedModel;
  readonly conversation: Conversation;
  readonly signal: AbortSignal | undefined;
  readonly clock: StageClock;
  readonly trace: RunTrace | null;
  /** Told the logits that its tokens follow, in place of whoever reads the prompt. */
  readonly taught: TaughtAnswer | null;
  readonly progress: (stage: Stage) => (done: number, total: number | null) => void;
}

/** What is shown, with the pictures or frames that are read now. */
export type ShownPrompt = Pick<Shown, 'input' | 'kind'> & { readonly units: AsyncIterable<ShownUnit> };

export interface PromptToRead {
  readonly prompt: PromptIds;
  /** What the prompt's image tokens show; null where it has none. */
  readonly shown: ShownPrompt | null;
  /** Slots to have behind the prompt. */
  readonly room: number;
  /** Format of keys and values of a new conversation. */
  readonly format: KvFormat;
  /** Asks for the memory of the answer behind the prompt, so that none is lacking once the answer has begun. */
  readonly equip?: (cache: TokenCache) => Promise<void>;
  /** Told when all memory is there, before anything runs. */
  readonly onMemory?: () => void;
}

export interface ReadPrompt {
  /** Logits [V] of the last token; none where they are told to a taught answer. */
  readonly logits: Float32Array;
  /** Crops that went through the vision encoder. */
  readonly encodedCrops: number;
}

/** The conversation holds the prompt only when all went well. Throws `out-of-memory` or the signal's own reason. */
export async function readPrompt(reader: Reader, toRead: PromptToRead): Promise<ReadPrompt> {
  const { model, conversation, clock, trace, taught, signal } = reader;
  const { prompt, shown, room, format } = toRead;
  const { config, forward } = model;
  const T = prompt.ids.length;
  const cache = await conversation.reserve(conversation.length + T + room, format);
  const positions = trace?.positions(T) ?? [T - 1];
  const wanted = positions.at(-1) === T - 1 ? positions : [...positions, T - 1];
  const onShare = reader.progress('prefill');
  const options = { signal, onShare: (share: number) => onShare(Math.floor(share * T), T) };
  const tokens = {
    ids: prompt.ids,
    isImage: prompt.isImage,
    featureIds: shown ? featureTokenIds(config.tokens) : [],
  };
  await toRead.equip?.(cache);
  const prefill = forward.begin(cache, tokens, shown?.input ?? null);
  try {
    await forward.allocated();
    toRead.onMemory?.();
    await clock.time('prefill', () => prefill.embed(options));
    const encodedCrops = shown ? await encode(reader, shown, prompt, prefill) : 0;
    if (taught) {
      const take = (logits: Float32Array, place: number) => taught.take(logits, place);
      await clock.time('prefill', () => prefill.runEach(taught.places(T), take, options));
      conversation.hold(prompt.ids);
      return { logits: new Float32Array(0), encodedCrops };
    }
    const logits = await clock.time('prefill', () => prefill.run(wanted, options));
    const V = config.text.vocabSize;
    trace?.prompt(prompt.ids, logits.subarray(0, positions.length * V), V);
    conversation.hold(prompt.ids);
    return { logits: logits.subarray((wanted.length - 1) * V), encodedCrops };
  } finally {
    prefill.close();
  }
}

/** Adds the image features to the prompt's residual stream; returns how many crops had to be encoded for it. */
async function encode(
  reader: Reader,
  shown: ShownPrompt,
  prompt: PromptIds,
  pass: PromptPass,
): Promise<number> {
  const { clock, trace, signal } = reader;
  const { vit, text } = reader.model.config;
  const { input, kind } = shown;
  const units = trace ? trace.watch(shown.units, kind, vit.numPatches) : shown.units;
  const onVision = reader.progress('vision');
  return clock.time('vision', () =>
    pass.show(kind, clock.timePieces('media', 'vision', units), prompt.visionTokens, {
      signal,
      onCrops: (done) => onVision(done, input.crops),
      onFeatures: trace ? (values) => trace.features(values, text.hiddenSize) : undefined,
    }),
  );
}
