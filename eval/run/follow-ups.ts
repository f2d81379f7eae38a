// Whether a question is answered as well behind another one as in a fresh chat.

import type { AskInput, AskOptions, Chat, Molmo2 } from '../../src/index.ts';
import { bootstrapMean, type Interval } from '../metrics/bootstrap.ts';
import { pairedTest, type PairedResult } from '../metrics/paired.ts';
import type { Question } from '../question.ts';
import { scoreAnswer, type AnswerScore } from '../score-answer.ts';
import type { Conversation } from '../scenes/conversations.ts';
import type { SceneKind } from '../scenes/scene.ts';
import { askInput, type Limits } from './shown-media.ts';

/** The second question of a conversation, asked twice. */
export interface FollowUp {
  readonly name: string;
  readonly kind: SceneKind;
  readonly firstPrompt: string;
  readonly firstText: string;
  readonly prompt: string;
  /** Behind the first question, without showing the medium again. */
  readonly behind: PlacedAnswer;
  /** In a chat of its own. */
  readonly fresh: PlacedAnswer;
}

export interface PlacedAnswer {
  readonly text: string;
  /** Of points; of tracks the mean over their moments. */
  readonly f1: number;
}

export interface FollowUpScores {
  /** null: all kinds of scenes together. */
  readonly kind: SceneKind | null;
  readonly conversations: number;
  /** Mean F1 and its interval. */
  readonly behind: Interval;
  readonly fresh: Interval;
  /** behind - fresh. */
  readonly paired: PairedResult;
  /** Share of second answers of the same text. */
  readonly same: number;
}

async function answered(chat: Chat, input: AskInput, options: AskOptions): Promise<string> {
  let text = '';
  for await (const event of chat.ask(input, options)) if (event.type === 'done') ({ text } = event.answer);
  return text;
}

/** F1 of an answer that says where something is; null for other kinds. */
function f1Of(score: AnswerScore | null): number | null {
  if (score?.kind === 'points' || score?.kind === 'video-points') return score.points.f1;
  return score?.kind === 'tracks' ? score.moments.f1 : null;
}

function placed(question: Question, text: string): PlacedAnswer {
  const f1 = f1Of(scoreAnswer(question, text));
  if (f1 === null)
    throw new RangeError(
      `Question "${question.id}" is of kind "${question.reference.kind}", which has no F1.`,
    );
  return { text, f1 };
}

/** Asks one conversation, and its second question alone. @throws what a chat throws. */
export async function askFollowUp(
  molmo: Pick<Molmo2, 'chat'>,
  { name, kind, first, second }: Conversation,
  limits: Limits = {},
  options: AskOptions = {},
): Promise<FollowUp> {
  const [chat, alone] = [molmo.chat(), molmo.chat()];
  try {
    const firstText = await answered(chat, askInput(first, limits), options);
    const behind = await answered(chat, { prompt: second.prompt }, options);
    const fresh = await answered(alone, askInput(second, limits), options);
    return {
      name,
      kind,
      firstPrompt: first.prompt,
      firstText,
      prompt: second.prompt,
      behind: placed(second, behind),
      fresh: placed(second, fresh),
    };
  } finally {
    chat.dispose();
    alone.dispose();
  }
}

/** Scores of all conversations, and of each kind of scene where there are several. */
export function followUpScores(followUps: readonly FollowUp[]): FollowUpScores[] {
  const kinds = [...new Set(followUps.map(({ kind }) => kind))];
  const groups: readonly (SceneKind | null)[] = kinds.length > 1 ? [null, ...kinds] : kinds;
  return groups.flatMap((kind) => {
    const here = followUps.filter((one) => kind === null || one.kind === kind);
    const [behind, fresh] = [here.map((one) => one.behind.f1), here.map((one) => one.fresh.f1)];
    const means = { behind: bootstrapMean(behind), fresh: bootstrapMean(fresh) };
    const paired = pairedTest(fresh, behind);
    if (!means.behind || !means.fresh || !paired) return [];
    const same = here.filter((one) => one.behind.text === one.fresh.text).length / here.length;
    return [{ kind, conversations: here.length, behind: means.behind, fresh: means.fresh, paired, same }];
  });
}
