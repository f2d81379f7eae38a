// Asks what the form says about what is on the stage.

import { showProblem, hideError } from '../trouble/error-view.ts';
import type { QuestionForm } from '../ask/question-form.ts';
import { builtIn, type Session } from '../session.ts';
import type { Sources } from '../sources/sources.ts';
import type { OnStage } from '../stage/on-stage.ts';
import type { Timeline } from '../player/timeline.ts';
import { revealAnswer } from './answer-tools.ts';
import { ownSuggestions } from './own-suggestions.ts';
import type { Talk } from './talk.ts';
import type { Turn } from './turn.ts';

export interface FormHost {
  readonly session: Session;
  readonly stage: OnStage;
  readonly form: QuestionForm;
  readonly timeline: Timeline;
  readonly sources: Sources;
  readonly talk: Talk;
}

/** Asks, or says what is missing. `compare` takes questions that were asked together. */
export function askForm(
  { session, stage, form, timeline, sources, talk }: FormHost,
  compare: (turns: readonly Turn[]) => void,
): void {
  hideError();
  const { media } = stage;
  const { prompt, prompts, keep, limits, options } = form;
  if (prompt === '') return form.askForPrompt();
  if (sources.ask()) return;
  if (!media && session.choice === builtIn)
    return showProblem({
      title: 'There is nothing to look at yet',
      message: 'Choose a picture or a video, or take a sample.',
      code: null,
      help: [],
    });
  const part = media?.kind === 'video' ? timeline.part : {};
  const about = { media, limits: { ...limits, ...part } };
  if (prompts.length > 1 && media)
    // Questions that are compared know nothing of each other.
    compare(prompts.map((one) => talk.ask({ prompt: one, keep: false, ...about }, options)));
  else talk.ask({ prompt, keep, ...about }, options);
  revealAnswer();
}

/** Tells the form what its questions are about; to press are the sample's own, or some that suit any picture or video. */
export function tellForm({ session, stage, form, sources }: Omit<FormHost, 'timeline' | 'talk'>): void {
  const { media, sample } = stage;
  const isBuiltIn = session.choice === builtIn;
  form.setAbout({
    kind: media?.kind ?? (sources.isLive ? 'images' : 'none'),
    pictures: media?.files.length ?? 1,
    builtIn: isBuiltIn,
  });
  const own = media ? ownSuggestions(media, isBuiltIn) : [];
  form.setSuggestions(sample?.questions.map(({ question }) => question) ?? own);
}
