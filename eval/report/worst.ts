// Which answers a report shows: the worst of every kind in turn, so that one hard kind does not hide the others. Pure.

import type { QuestionKind } from '../question.ts';
import type { AskedQuestion } from '../run/run-record.ts';

/** Up to `most` answers that are not fully right, the worst first; of equal ones those that were asked first. */
export function worstAnswers(asked: readonly AskedQuestion[], most: number): AskedQuestion[] {
  const byKind = new Map<QuestionKind, { one: AskedQuestion; score: number }[]>();
  for (const one of asked) {
    if (!one.answer || !one.score || one.score.score >= 1) continue;
    const list = byKind.get(one.kind) ?? [];
    byKind.set(one.kind, list);
    list.push({ one, score: one.score.score });
  }
  const queues = [...byKind.values()].map((list) => list.sort((a, b) => a.score - b.score));
  const chosen: { one: AskedQuestion; score: number }[] = [];
  for (let round = 0; chosen.length < most; round++) {
    const here = queues.flatMap((list) => list[round] ?? []);
    if (here.length === 0) break;
    chosen.push(...here.slice(0, most - chosen.length));
  }
  return chosen.sort((a, b) => a.score - b.score).map(({ one }) => one);
}
