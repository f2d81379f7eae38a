// How a question is made to fit: first all that was asked for, then less of it, in one order. Pure.

import type { FitStep } from '../../api.ts';
import type { KvFormat } from '../../kernels/attention/kv-layer.ts';
import type { PromptIds } from '../../text/prompt.ts';
import type { VisualDetail, VisualShapes } from '../visual/visual-shapes.ts';
import { batchCrops } from './prompt-memory.ts';
import type { MemoryModel, QuestionMemory } from './question-memory.ts';

/** A question with its pictures or video in some detail. */
export interface Prompted {
  readonly shapes: VisualShapes;
  readonly prompt: PromptIds;
}

/** What there is to fit into. */
export interface Room {
  /** Tokens that the model reads at most, the answer included. */
  readonly maxPositions: number;
  /** Bytes of the largest buffer. */
  readonly largestBuffer: number;
  /** GPU memory that may be used; null when nobody knows. */
  readonly memoryBytes: number | null;
  /** Whether that is what the GPU turned out to have, and not what somebody allows. */
  readonly isFound?: boolean;
  /** Bytes that are taken whatever the question needs: weights, and other chats. */
  readonly takenBytes: number;
}

export interface FitQuestion<Asked extends Prompted> {
  readonly model: MemoryModel;
  readonly room: Room;
  /** As it was asked. */
  readonly detail: VisualDetail;
  readonly kv: KvFormat;
  /** What may be less. */
  readonly canShrink: Readonly<Record<keyof VisualDetail | 'kv', boolean>>;
  /** Tokens that the conversation holds before it. */
  readonly before: number;
  at(detail: VisualDetail): Asked;
  /** Slots for the answer behind a prompt that ends at `length`. */
  answerSlots(length: number): number;
}

/** Why something does not fit. */
export type Misfit = 'context' | 'buffer' | 'memory';

export interface Fitted<Asked extends Prompted> {
  readonly asked: Asked;
  readonly detail: VisualDetail;
  readonly kv: KvFormat;
  readonly answerSlots: number;
  readonly memory: QuestionMemory;
  /** What was taken back. */
  readonly steps: readonly FitStep[];
  /** Why it does not fit as it was asked. */
  readonly reasons: readonly Misfit[];
  /** Why it does not fit all the same; empty where it does. */
  readonly misfits: readonly Misfit[];
}

/** An answer has room for so many tokens, if as many were asked for, where a prompt is shortened anyway. */
const leastAnswer = 256;

/** The question as it was asked, whether it fits or not. */
export function wholeQuestion<Asked extends Prompted>(question: FitQuestion<Asked>): Fitted<Asked> {
  return candidate(question, question.kv, question.detail);
}

/**
 * The question in the most detail that fits. Where it does not fit it gives up, in this order: keys and values in more than
 * int8, then frames, then crops; each no further than needed, and none that does not help. Where nothing helps, what comes is
 * the question with all that may be less at its least, and why it does not fit.
 */
export function fitQuestion<Asked extends Prompted>(question: FitQuestion<Asked>): Fitted<Asked> {
  const whole = wholeQuestion(question);
  if (whole.misfits.length === 0) return whole;
  const { canShrink, kv: askedKv } = question;
  // The context counts tokens, whatever they are kept in.
  const kv = canShrink.kv && whole.misfits.some((why) => why !== 'context') ? 'int8' : askedKv;
  const fits = (one: Fitted<Asked>) => one.misfits.length === 0 && hasAnswer(one, question);
  const less = (detail: VisualDetail) => {
    // int8 stays only where it buys detail.
    const exact = candidate(question, askedKv, detail);
    return fits(exact) || kv === askedKv ? exact : candidate(question, kv, detail);
  };
  let best = candidate(question, kv, question.detail);
  if (best.misfits.length === 0) return withSteps(best, whole);
  if (canShrink.maxFrames) {
    const frames = (maxFrames: number) => less({ ...question.detail, maxFrames });
    best = mostThatFits(2, whole.asked.shapes.crops - 1, frames, fits) ?? best;
  }
  if (best.misfits.length > 0 && canShrink.maxCrops) {
    const crops = (maxCrops: number) => less({ ...best.detail, maxCrops });
    best = firstThatFits(question.detail.maxCrops - 1, crops, fits) ?? best;
  }
  return withSteps(best, whole);
}

function candidate<Asked extends Prompted>(
  question: FitQuestion<Asked>,
  kv: KvFormat,
  detail: VisualDetail,
): Fitted<Asked> {
  const { model, room, before } = question;
  const asked = question.at(detail);
  const tokens = asked.prompt.ids.length;
  const answerSlots = question.answerSlots(before + tokens);
  const memory = model.memory({
    tokens,
    features: asked.prompt.visionTokens,
    piece: asked.shapes.crops > 0 ? asked.shapes.largestPiece(batchCrops(model.config)) : null,
    slots: before + tokens + answerSlots,
    kv,
  });
  const need = room.takenBytes + memory.keysAndValues + memory.working;
  const misfits: Misfit[] = [];
  if (before + tokens >= room.maxPositions) misfits.push('context');
  if (memory.largest > room.largestBuffer) misfits.push('buffer');
  if (room.memoryBytes !== null && need > room.memoryBytes) misfits.push('memory');
  return { asked, detail, kv, answerSlots, memory, steps: [], reasons: misfits, misfits };
}

function hasAnswer<Asked extends Prompted>(
  { asked, answerSlots }: Fitted<Asked>,
  { before, room, answerSlots: slots }: FitQuestion<Asked>,
): boolean {
  const wanted = Math.min(leastAnswer, slots(0));
  return answerSlots >= wanted && before + asked.prompt.ids.length + wanted <= room.maxPositions;
}

/** The largest number from `low` to `high` that fits, where all below one that fits do, too; else the lowest, or null. */
function mostThatFits<T>(
  low: number,
  high: number,
  at: (n: number) => T,
  fits: (one: T) => boolean,
): T | null {
  if (high < low) return null;
  let best = at(low);
  if (!fits(best)) return best;
  let known = low;
  let top = high;
  while (known < top) {
    const middle = Math.ceil((known + top) / 2);
    const one = at(middle);
    if (fits(one)) [known, best] = [middle, one];
    else top = middle - 1;
  }
  return best;
}

/** The first number from `high` down to 1 that fits; else the last, or null. A few, of which each may fit or not. */
function firstThatFits<T>(high: number, at: (n: number) => T, fits: (one: T) => boolean): T | null {
  let last: T | null = null;
  for (let n = high; n >= 1; n--) {
    last = at(n);
    if (fits(last)) return last;
  }
  return last;
}

/** What was taken back from the whole, in the order of taking. */
function withSteps<Asked extends Prompted>(less: Fitted<Asked>, whole: Fitted<Asked>): Fitted<Asked> {
  const steps: FitStep[] = [];
  if (whole.kv !== 'int8' && less.kv === 'int8') steps.push({ what: 'kv', from: whole.kv, to: less.kv });
  const [before, after] = [whole.asked.shapes.crops, less.asked.shapes.crops];
  if (less.detail.maxFrames < whole.detail.maxFrames && after < before)
    steps.push({ what: 'frames', from: before, to: after });
  if (less.detail.maxCrops < whole.detail.maxCrops)
    steps.push({ what: 'crops', from: whole.detail.maxCrops, to: less.detail.maxCrops });
  return { ...less, steps, reasons: whole.misfits };
}
