// Tells why a command stands still, once for all the connections that wait for the same reason.

import type { Progress } from '../src/index.ts';
import { progressLine } from './status-lines.ts';
import type { Terminal } from './terminal.ts';

const sameReasonMs = 10_000;

/** Notes each reason, but not again shortly after. */
export function waitNotes(terminal: Pick<Terminal, 'note'>): (text: string) => void {
  const told = new Map<string, number>();
  return (text) => {
    const now = performance.now();
    if (now - (told.get(text) ?? -Infinity) < sameReasonMs) return;
    told.set(text, now);
    terminal.note(`note: ${text}`);
  };
}

/** Shows how a load goes on, and why it stands still. */
export function loadProgress(terminal: Pick<Terminal, 'note' | 'progress'>): (progress: Progress) => void {
  const onWait = waitNotes(terminal);
  return (progress) => {
    if (progress.waiting === undefined) terminal.progress(progressLine(progress));
    else onWait(progress.waiting);
  };
}
