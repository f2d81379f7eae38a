// Answers prompts that have been read, side by side: their events, and an answer for each when it ends.

import type { Answer, MediaInfo, Stage, Usage } from '../../api.ts';
import type { KvCache } from '../../decoder/kv-cache.ts';
import { AnswerText } from '../answer/answer-text.ts';
import type { AskSettings } from '../answer/settings.ts';
import { guideFor } from '../expect/expected.ts';
import type { GpuModel, LoadedModel } from '../loaded-model.ts';
import type { StageClock } from '../stage-clock.ts';
import { decodeRows } from './decode-rows.ts';
import { RowAnswer } from './row-answer.ts';
import { RowLoop } from './row-loop.ts';
import type { ToldRows } from './told-rows.ts';

/** A prompt that was read, and how it is answered. */
export interface ReadRow {
  /** The number of the question. */
  readonly row: number;
  readonly settings: AskSettings;
  /** The whole prompt. */
  readonly ids: Uint32Array;
  /** Most tokens of the answer. */
  readonly limit: number;
  /** Slots that it shares with others, and its first slot behind them. */
  readonly prefix: number;
  readonly start: number;
  /** Logits [V] that follow it. */
  readonly logits: Float32Array;
  readonly media: MediaInfo;
  readonly timeOffsetSec: number;
  readonly usage: Omit<Usage, 'newTokens'>;
}

export interface AnswerRowsOptions {
  readonly model: GpuModel;
  readonly cache: KvCache;
  readonly clock: StageClock;
  readonly told: ToldRows;
  readonly signal: AbortSignal | undefined;
  readonly progress: (stage: Stage) => (done: number, total: number | null) => void;
}

/** Decodes all rows until each has ended. Throws as `decodeRows` does. */
export async function answerRows(rows: readonly ReadRow[], options: AnswerRowsOptions): Promise<void> {
  const { model, cache, clock, told, signal } = options;
  const decoding = rows.map((row) => ({
    answer: rowAnswer(row, model, told),
    position: row.ids.length,
    prefix: row.prefix,
    start: row.start,
  }));
  const onDecode = options.progress('decode');
  const ended = new Set<number>();
  const onRow = (i: number) => {
    onDecode(
      decoding.reduce((sum, { answer }) => sum + answer.tokenIds.length, 0),
      null,
    );
    const [row, answer] = [rows[i], decoding[i]?.answer];
    if (!row || !answer || answer.finishReason === null || ended.has(i)) return;
    ended.add(i);
    told.emit({
      type: 'done',
      answer: finished(row, answer, clock.timings(model.loadMs)),
      branch: row.row,
    });
  };
  const loop = await RowLoop.create(model.language.parts, cache, rows.length);
  try {
    await clock.time('decode', () =>
      decodeRows(
        loop,
        decoding,
        rows.map(({ logits }) => logits),
        {
          eosIds: model.tokenizer.eosIds,
          signal,
          isCancelled: (i) => told.isCancelled(rows[i]?.row ?? 0),
          onRow,
          ...(told.mayFailAlone && {
            onFail: (i: number, error: unknown) => told.failed(rows[i]?.row ?? 0, error),
          }),
        },
      ),
    );
  } finally {
    loop.destroy();
  }
}

function rowAnswer(row: ReadRow, { tokenizer, grammars }: LoadedModel, told: ToldRows): RowAnswer {
  const { row: branch, settings, ids, limit, media, timeOffsetSec } = row;
  const tokens = told.tokensOf(branch);
  const text = new AnswerText({
    tokenizer,
    media,
    timeOffsetSec,
    stop: settings.stop,
    emit: (event) => {
      if (tokens.isMuted) return;
      if (event.type === 'text' || event.type === 'point' || event.type === 'track' || event.type === 'count')
        told.emit({ ...event, branch });
    },
  });
  const guide = settings.expect && guideFor(grammars, settings.expect, { media, timeOffsetSec });
  const answer = new RowAnswer({
    settings,
    limit,
    eosIds: tokenizer.eosIds,
    before: [...ids],
    text,
    tokens,
    guide,
  });
  if (told.hasEnded(branch)) answer.giveUp();
  return answer;
}

function finished({ usage }: ReadRow, answer: RowAnswer, timings: Answer['timings']): Answer {
  const { text: told, tokenIds, finishReason, settings } = answer;
  return {
    text: told.text,
    tokenIds,
    finishReason: finishReason ?? 'length',
    points: told.found.points,
    tracks: told.found.tracks,
    count: told.found.count,
    ...(settings.logprobs !== null && { logprobs: told.logprobs }),
    usage: { ...usage, newTokens: tokenIds.length },
    timings,
  };
}
