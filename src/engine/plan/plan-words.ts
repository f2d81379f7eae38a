// A plan in words: what is taken back, and why a question does not fit.

import type { FitStep } from '../../api.ts';
import { Molmo2Error } from '../../errors.ts';
import type { FailedAllocation } from '../../gpu/allocation.ts';
import { byteCount } from '../../weights/files/byte-count.ts';
import type { Fitted, Misfit, Prompted, Room } from './fit.ts';

function stepWords(step: FitStep): string {
  switch (step.what) {
    case 'kv':
      return `keys and values in ${step.to} in place of ${step.from}`;
    case 'frames':
      return `${step.to} frames in place of ${step.from}`;
    case 'crops':
      return `at most ${step.to} ${step.to === 1 ? 'crop' : 'crops'} of each picture in place of ${step.from}`;
  }
}

function tokensOf({ asked }: Fitted<Prompted>, before: number): string {
  return `${before + asked.prompt.ids.length} tokens`;
}

/** What it needs beside what there is. */
function needWords(fitted: Fitted<Prompted>, room: Room): string {
  const { memory, kv } = fitted;
  const budget =
    room.memoryBytes === null
      ? ''
      : `; with ${byteCount(room.takenBytes)} of weights and other chats that is ${byteCount(room.takenBytes + memory.keysAndValues + memory.working)} of ${room.isFound ? 'about ' : ''}${byteCount(room.memoryBytes)}${room.isFound ? ' that the GPU has' : ''}`;
  return `${byteCount(memory.keysAndValues)} of keys and values in ${kv} and ${byteCount(memory.working)} of working memory${budget}`;
}

/** The plan as a sentence. */
export function planMessage(fitted: Fitted<Prompted>, room: Room, before = 0): string {
  const facts = `${tokensOf(fitted, before)} and ${fitted.answerSlots} for the answer, ${needWords(fitted, room)}`;
  if (fitted.misfits.length > 0) return refusal(fitted, room, before).message;
  if (fitted.steps.length > 0) return `Fits with ${fitted.steps.map(stepWords).join(', and ')}: ${facts}.`;
  return `Fits: ${facts}.`;
}

/** What a question is told whose plan takes something back. */
export function noticeMessage({ steps, reasons: why }: Fitted<Prompted>, isFound = false): string {
  const reasons: Readonly<Record<Misfit, string>> = {
    context: 'the context of the model',
    buffer: 'the largest buffer of this GPU',
    memory: isFound ? 'the memory that the GPU has left' : 'the memory that may be used',
  };
  return `The question does not fit ${why.map((one) => reasons[one]).join(' and ')} as it was asked. It is answered with ${steps.map(stepWords).join(', and ')}.`;
}

const lessMedia = 'Ask about fewer frames (maxFrames), fewer crops (maxCrops) or in a new conversation.';

/** The error for a question that cannot be made to fit. */
export function refusal(fitted: Fitted<Prompted>, room: Room, before = 0): Molmo2Error {
  const least = fitted.steps.length > 0 ? ` with ${fitted.steps.map(stepWords).join(', and ')}` : '';
  const tokens = tokensOf(fitted, before);
  const why: Misfit = fitted.misfits[0] ?? 'context';
  switch (why) {
    case 'buffer':
      return new Molmo2Error(
        'out-of-memory',
        `The prompt has ${tokens}${least}, which needs a buffer of ${fitted.memory.largest} bytes, but this GPU allows ${room.largestBuffer}. ${lessMedia}`,
      );
    case 'memory':
      return new Molmo2Error(
        'out-of-memory',
        `The prompt has ${tokens}${least}: ${needWords(fitted, room)}. ${lessMedia} Or limit maxNewTokens, dispose of other chats, ${room.isFound ? 'close other pages, or use a smaller model' : 'or load with more memoryBytes'}.`,
      );
    case 'context':
      return new Molmo2Error(
        'context-full',
        `The prompt has ${tokens}${least}, but the model reads at most ${room.maxPositions} including the answer. ${lessMedia}`,
      );
  }
}

/** What is said of a question for which the GPU had no memory, and which may not be asked with less. */
export function exhaustedMessage(
  fitted: Fitted<Prompted>,
  room: Room,
  { label, byteLength, ownedBytes }: FailedAllocation,
  before: number,
): string {
  const { keysAndValues, working } = fitted.memory;
  const total = byteCount(room.takenBytes + keysAndValues + working);
  return (
    `The prompt has ${tokensOf(fitted, before)}: ${needWords(fitted, { ...room, memoryBytes: null })}; with ` +
    `${byteCount(room.takenBytes)} of weights and other chats that is ${total}, but the GPU had no ` +
    `${byteCount(byteLength)} (${label}) beside ${byteCount(ownedBytes)}. ${lessMedia} Or limit maxNewTokens, dispose of ` +
    `other chats, close other pages, or use a smaller model.`
  );
}
