// Several answers side by side: every step brings a token for each of them, until all have ended.

import { Molmo2Error } from '../../errors.ts';
import type { Candidates } from '../../decoder/sampling.ts';
import type { RowAnswer } from './row-answer.ts';
import type { RowLoop } from './row-loop.ts';

/** A row, and where its answer begins: behind its prompt, whose last token lies before `position`. */
export interface DecodingRow {
  readonly answer: RowAnswer;
  readonly position: number;
  /** Slots that it shares, and its first slot behind them. */
  readonly prefix: number;
  readonly start: number;
}

export interface DecodeOptions {
  readonly eosIds: readonly number[];
  readonly signal: AbortSignal | undefined;
  /** Whether nobody wants the answer of a row any more. */
  readonly isCancelled: (row: number) => boolean;
  /** Told when a row has taken a token, or has ended without. */
  readonly onRow: (row: number) => void;
  /** Told why a row takes no token; without it that ends all of them. */
  readonly onFail?: ((row: number, error: unknown) => void) | undefined;
}

/**
 * Answers all rows; `first` [rows] are the logits that follow their prompts. A row that has ended, or is cancelled, leaves the
 * others alone. Throws `not-finite`, or the signal's own reason.
 */
export async function decodeRows(
  loop: RowLoop,
  rows: readonly DecodingRow[],
  first: readonly Float32Array[],
  options: DecodeOptions,
): Promise<void> {
  const { eosIds, signal, onRow } = options;
  signal?.throwIfAborted();
  for (const [row, logits] of first.entries()) {
    endCancelled(rows, options);
    const answer = rows[row]?.answer;
    if (answer?.isRunning) await attempt(row, answer, options, () => answer.takeFirst(logits));
    onRow(row);
  }
  await loop.begin(
    rows.map(({ answer, position, prefix, start }) => ({
      id: answer.tokenIds.at(-1) ?? 0,
      cursor: { position, stopped: !answer.isRunning, prefix, start },
      steps: answer.left,
      endIds: eosIds,
      change: answer.change,
      before: answer.before,
    })),
  );
  while (rows.some(({ answer }) => answer.isRunning)) {
    // Nothing is queued ahead of a row whose token is chosen on this side.
    const waits = rows.some(
      ({ answer }) => answer.isRunning && (answer.needs !== 'likeliest' || answer.isRepeating),
    );
    const left = Math.max(...rows.map(({ answer }) => answer.left));
    const window = waits ? 1 : Math.min(loop.window, left);
    while (loop.pending < window) loop.submit();
    const ids = await loop.next();
    signal?.throwIfAborted();
    endCancelled(rows, options);
    const drawn = waits ? await candidatesOf(loop, rows) : null;
    for (const [row, { answer, ...place }] of rows.entries()) {
      if (!answer.isRunning) continue;
      await attempt(row, answer, options, async () => {
        const { needs, isRepeating } = answer;
        if (needs === 'likeliest') answer.takeLikeliest(ids[row] ?? 0);
        if (needs === 'likeliest' && !isRepeating) return;
        const found = needs === 'candidates' ? drawn?.[row] : null;
        if (needs !== 'likeliest' && (!found || !answer.takeDrawn(found)))
          answer.takeOf(await loop.logits(row));
        const position = place.position + answer.tokenIds.length - 1;
        loop.put(row, answer.last, { ...place, position, stopped: !answer.isRunning });
      });
      onRow(row);
    }
    signal?.throwIfAborted();
  }
}

/** The candidates of draws, where the device finds them faster than this thread; null where no row draws. */
async function candidatesOf(loop: RowLoop, rows: readonly DecodingRow[]): Promise<Candidates[] | null> {
  const draws = rows.some(({ answer }) => answer.isRunning && answer.needs === 'candidates');
  if (!draws || !loop.isBeside) return null;
  return loop.candidates(rows.map(({ answer }) => answer.settings.sampling.temperature));
}

function endCancelled(rows: readonly DecodingRow[], { isCancelled, onRow }: DecodeOptions): void {
  for (const [row, { answer }] of rows.entries()) {
    if (!answer.isRunning || !isCancelled(row)) continue;
    answer.cancel();
    onRow(row);
  }
}

/** A row that cannot go on ends alone where somebody is told of it. */
async function attempt(
  row: number,
  answer: RowAnswer,
  { onFail, signal }: DecodeOptions,
  take: () => void | Promise<void>,
): Promise<void> {
  try {
    await take();
  } catch (error) {
    const isOwn = error instanceof Molmo2Error && error.code === 'not-finite';
    if (!onFail || !isOwn || signal?.aborted) throw error;
    answer.giveUp();
    onFail(row, error);
  }
}
