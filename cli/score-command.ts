// `score`: how likely a given answer is.

import { Molmo2, type Score } from '../src/index.ts';
import { checkMedia } from './check-media.ts';
import { refuseClosedOutput } from './closed-output.ts';
import { hubSettings } from './hub-settings.ts';
import { withTextFiles } from './read-inputs.ts';
import { scoreOptions } from './score-options.ts';
import { progressLine, timingLine } from './status-lines.ts';
import type { Terminal } from './terminal.ts';
import { loadProgress } from './wait-notes.ts';

/** Runs `score` with the arguments behind it. Throws what `failureOf` understands, or the signal's reason. */
export async function scoreCommand(
  args: readonly string[],
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  const run = scoreOptions(args);
  refuseClosedOutput();
  const input = { ...(await withTextFiles(run, signal)), answer: run.answer };
  await checkMedia(input, signal);
  const molmo = await Molmo2.load({
    model: run.model,
    hub: hubSettings(),
    onProgress: loadProgress(terminal),
    signal,
  });
  try {
    const onProgress = (progress: Parameters<typeof progressLine>[0]) =>
      terminal.progress(progressLine(progress));
    const score = await molmo.score(input, { ...run.options, onProgress, signal });
    terminal.print(run.json ? `${JSON.stringify(score)}\n` : scoreLines(score));
    for (const notice of molmo.info.notices) terminal.note(`note: ${notice}`);
    terminal.note(timingLine(molmo.info, score));
  } finally {
    molmo.dispose();
  }
}

/** A line for each token, and the sum below. */
function scoreLines({ tokens, logprob, weight, loss }: Score): string {
  const line = (value: number, words: string) => `${value.toFixed(6).padStart(12)}  ${words}\n`;
  const sum = line(logprob, `${tokens.length} tokens; weight ${weight}, loss ${loss.toFixed(6)}`);
  return tokens.map((token) => line(token.logprob, JSON.stringify(token.text))).join('') + sum;
}
