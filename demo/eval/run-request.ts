// Loads the model and asks what was not asked yet, keeping every line as it comes.

import { Molmo2, type Progress } from '../../src/index.ts';
import { describeSet, type QuestionSource } from '../../eval/run/question-set.ts';
import { runQuestions, type RunEvent } from '../../eval/run/run-questions.ts';
import type { AskedQuestion, EvalRun, RunHead } from '../../eval/run/run-record.ts';
import { readRunText, refuseOtherRun, runLine } from '../../eval/run/run-text.ts';
import { version } from '../../package.json';
import { requestedSource } from './request.ts';
import type { KeptRun, RunStore } from './run-store.ts';

export interface RunWatch {
  readonly signal: AbortSignal;
  onLoad(progress: Progress): void;
  /** Before the first question: what was asked already, of how many. */
  onBegin(before: readonly AskedQuestion[], total: number): void;
  onEvent(event: RunEvent): void;
}

export interface FinishedRun {
  readonly run: EvalRun;
  readonly source: QuestionSource;
}

/** Throws what loading and asking throw, the signal's reason, or `bad-dataset` where the kept run is of another one. */
export async function runRequest(kept: KeptRun, store: RunStore, watch: RunWatch): Promise<FinishedRun> {
  const { request, text } = kept;
  const { settings } = request;
  const { signal } = watch;
  const source = await requestedSource(request);
  const set = await describeSet(source, signal);
  const before = readRunText(text, 'The run that this browser keeps')?.run ?? null;
  if (before)
    refuseOtherRun(before, { settings, set, packageVersion: version }, 'The run that this browser keeps');
  const asked: AskedQuestion[] = [...(before?.asked ?? [])];
  watch.onBegin(asked, set.questions);
  if (before && asked.length === set.questions) return { run: before, source };
  const { model, weights } = settings;
  const molmo = await Molmo2.load({
    model: /^https?:/i.test(model) ? new URL(model) : model,
    ...(weights && { weights }),
    onProgress: (progress) => watch.onLoad(progress),
    signal,
  });
  try {
    const head: RunHead = before ?? {
      format: 'molmo2-eval',
      version: 1,
      settings,
      set,
      info: molmo.info,
      packageVersion: version,
      startedAt: new Date().toISOString(),
    };
    if (!before) await store.append(runLine(head));
    const events = runQuestions(molmo, source.questions(), {
      settings,
      total: set.questions,
      asked: new Set(asked.map(({ id }) => id)),
      signal,
    });
    for await (const event of events) {
      if (event.type === 'asked') {
        await store.append(runLine(event.asked));
        asked.push(event.asked);
      }
      watch.onEvent(event);
    }
    return { run: { ...head, asked }, source };
  } finally {
    molmo.dispose();
  }
}
