// What is seen of a run while it goes on: how far it is, how long it takes, and the scores so far.

import type { AskedQuestion } from '../../eval/run/run-record.ts';
import { scoreOf } from '../../eval/run/summary.ts';
import { kindNames, scoreText } from '../../eval/report/words.ts';
import type { QuestionKind } from '../../eval/question.ts';
import { beforePaint, byId, make } from '../dom.ts';
import { plural } from '../format.ts';

const status = byId('status', HTMLParagraphElement);
const detail = byId('detail', HTMLParagraphElement);
const progress = byId('progress', HTMLProgressElement);
const scores = byId('scores', HTMLDListElement);
const notes = byId('notes', HTMLUListElement);

/** Says what happens; screen readers read it, so it changes with the stage and not with every question. */
export function setStatus(text: string): void {
  if (status.textContent !== text) status.textContent = text;
}

export function setDetail(text: string): void {
  detail.textContent = text;
  detail.hidden = text === '';
}

/** `done` of `total`; null hides the bar. */
export function setProgress(done: number | null, total: number | null): void {
  progress.hidden = done === null;
  if (done === null || total === null) progress.removeAttribute('value');
  else {
    progress.max = Math.max(1, total);
    progress.value = Math.min(done, progress.max);
  }
}

/** `about 2 minutes left`. */
export function leftText(seconds: number): string {
  if (seconds < 60) return `about ${plural(Math.max(1, Math.round(seconds)), 'second')} left`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `about ${plural(minutes, 'minute')} left`;
  return `about ${plural(Math.round(minutes / 60), 'hour')} left`;
}

export function setNotes(lines: readonly string[]): void {
  notes.replaceChildren(...lines.map((textContent) => make('li', { textContent })));
  notes.hidden = lines.length === 0;
}

interface Sum {
  questions: number;
  score: number;
  failed: number;
}

/** Scores by kind, as questions come. */
export class LiveScores {
  readonly #sums = new Map<QuestionKind, Sum>();
  readonly #show = beforePaint(() => this.#draw());

  add(asked: AskedQuestion): void {
    const sum = this.#sums.get(asked.kind) ?? { questions: 0, score: 0, failed: 0 };
    this.#sums.set(asked.kind, sum);
    sum.questions += 1;
    sum.score += scoreOf(asked) ?? 0;
    if (!asked.answer) sum.failed += 1;
    this.#show();
  }

  clear(): void {
    this.#sums.clear();
    this.#draw();
  }

  #draw(): void {
    const cards = Array.from(this.#sums, ([kind, { questions, score, failed }]) => {
      const { name, score: what } = kindNames[kind];
      const more = `${what} of ${questions}${failed > 0 ? `, ${failed} failed` : ''}`;
      return make(
        'div',
        {},
        make('dt', { textContent: name }),
        make('dd', {}, `${scoreText(score / questions)} `, make('span', { textContent: more })),
      );
    });
    scores.replaceChildren(...cards);
    scores.hidden = cards.length === 0;
  }
}
