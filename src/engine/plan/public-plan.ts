// The plan of a question whose media are open: what `ask` does, and what `planQuestion` tells.

import type { QuestionPlan, SavedSampling } from '../../api.ts';
import { fitQuestion, wholeQuestion, type FitQuestion, type Fitted, type Prompted } from './fit.ts';
import { planMessage, refusal } from './plan-words.ts';

/** What features may take beside a question, and what the weights do. */
export interface KeptBytes {
  readonly weights: number;
  /** Features that are kept already. */
  readonly features: number;
  /** What they may take at most. */
  readonly featureBudget: number;
}

/** Plans a question; with `exact` as it is. What comes may still not fit. */
export function planned<Asked extends Prompted>(question: FitQuestion<Asked>, exact: boolean): Fitted<Asked> {
  return exact ? wholeQuestion(question) : fitQuestion(question);
}

/** The same, for a question that is about to be asked: throws `context-full` or `out-of-memory` with the numbers. */
export function fitted<Asked extends Prompted>(question: FitQuestion<Asked>, exact: boolean): Fitted<Asked> {
  const plan = planned(question, exact);
  if (plan.misfits.length > 0) throw refusal(plan, question.room, question.before);
  return plan;
}

/** What is left for features that are kept for later questions; they give way before anything else does. */
export function bytesForFeatures({ memory }: Fitted<Prompted>, { room }: FitQuestion<Prompted>): number {
  if (room.memoryBytes === null) return Infinity;
  return Math.max(0, room.memoryBytes - room.takenBytes - memory.keysAndValues - memory.working);
}

/** How the media of a plan are sampled and cut where that is less than what was asked for. */
export function lessDetail({ steps, detail }: Fitted<Prompted>): SavedSampling {
  const { maxFrames, maxCrops } = detail;
  return {
    ...(steps.some(({ what }) => what === 'frames') && { maxFrames }),
    ...(steps.some(({ what }) => what === 'crops') && { maxCrops }),
  };
}

/** A plan as users see it; its seconds are told apart. */
export function publicPlan<Asked extends Prompted>(
  plan: Fitted<Asked>,
  question: FitQuestion<Asked>,
  kept: KeptBytes,
): Omit<QuestionPlan, 'seconds'> {
  const { asked, kv, answerSlots, memory, steps, misfits } = plan;
  const { shapes, prompt } = asked;
  const { keysAndValues, working } = memory;
  const own = prompt.visionTokens * question.model.config.text.hiddenSize * 4;
  const keptFeatures = Math.min(kept.features + own, kept.featureBudget, bytesForFeatures(plan, question));
  const chats = Math.max(0, question.room.takenBytes - kept.weights);
  return {
    verdict: misfits.length > 0 ? 'does-not-fit' : steps.length > 0 ? 'fits-with' : 'fits',
    message: planMessage(plan, question.room, question.before),
    steps,
    media: shapes.media,
    crops: shapes.crops,
    promptTokens: prompt.ids.length,
    visionTokens: prompt.visionTokens,
    answerTokens: answerSlots,
    kv,
    memory: {
      weights: kept.weights,
      keysAndValues,
      working,
      keptFeatures,
      chats,
      total: kept.weights + keysAndValues + working + keptFeatures + chats,
    },
  };
}
