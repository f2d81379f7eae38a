// The row of questions with what is done there: a turn is shown, taken back, or compared with others.

import { byId } from '../dom.ts';
import { revealAnswer } from './answer-tools.ts';
import { type Comparison, likelyComparison } from './comparison.ts';
import type { Talk } from './talk.ts';
import type { Turn } from './turn.ts';
import { showTurns } from './turns-view.ts';

/** Answers what shows the row anew. */
export function setUpTurnsRow(talk: () => Talk, comparison: Comparison): () => void {
  const compare = byId('compare', HTMLButtonElement);
  const choose = (turn: Turn): void => {
    if (comparison.isOn) return comparison.toggle(turn);
    talk().show(turn);
    revealAnswer();
  };
  const takeBack = (turn: Turn): void => {
    if (comparison.has(turn)) comparison.toggle(turn);
    talk().takeBack(turn);
  };
  compare.addEventListener('click', () => {
    if (comparison.isOn) return comparison.leave();
    const { turns, shown } = talk();
    const likely = likelyComparison(turns, shown);
    if (!likely) return;
    comparison.begin(likely);
    revealAnswer();
  });
  return () => {
    const { turns, shown } = talk();
    const { isOn } = comparison;
    const compared = isOn ? new Map(comparison.turns.map(({ turn, color }) => [turn, color])) : null;
    showTurns({ turns, shown, compared }, { onShow: choose, onTakeBack: takeBack });
    compare.hidden = !isOn && likelyComparison(turns, shown) === null;
    compare.setAttribute('aria-pressed', String(isOn));
  };
}
