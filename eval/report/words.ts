// Scores and kinds as people read them. Pure.

import type { ModelInfo } from '../../src/index.ts';
import type { Interval } from '../metrics/bootstrap.ts';
import type { QuestionKind } from '../question.ts';
import type { FigureName } from '../run/summary.ts';
import type { EvalRun, RunSettings } from '../run/run-record.ts';

/** A kind of question, and what its score is. */
export const kindNames: Readonly<Record<QuestionKind, { readonly name: string; readonly score: string }>> = {
  points: { name: 'Points in pictures', score: 'F1' },
  count: { name: 'Counting', score: 'right' },
  'video-points': { name: 'Points in videos', score: 'F1' },
  tracks: { name: 'Tracks', score: 'HOTA' },
  choice: { name: 'Multiple choice', score: 'right' },
  short: { name: 'Short answers', score: 'right' },
  caption: { name: 'Captions', score: 'F1 by a judge' },
};

const figureNames: Readonly<Record<FigureName, string>> = {
  precision: 'precision',
  recall: 'recall',
  f1: 'F1 of moments',
  withinOne: 'off by one at most',
  close: 'close',
  saysNumber: 'says a number',
  meanError: 'mean error',
  detA: 'DetA',
  assA: 'AssA',
  mota: 'MOTA',
  switches: 'switches of identity',
};

/** A figure's name, which for captions is another one. */
export function figureName(kind: QuestionKind, name: FigureName): string {
  return kind === 'caption' && name === 'f1' ? 'F1 of the means' : figureNames[name];
}

/** Three decimals: a score of many questions means no more. */
export const scoreText = (score: number): string => score.toFixed(3);

/** `0.912 (0.880 to 0.941)`; a dash where there is no score. */
export function intervalText(interval: Interval | null): string {
  return interval
    ? `${scoreText(interval.value)} (${scoreText(interval.low)} to ${scoreText(interval.high)})`
    : '–';
}

/** `+0.012`, with a true minus. */
export function signed(value: number): string {
  const text = scoreText(Math.abs(value));
  if (Number(text) === 0) return '0.000';
  return `${value < 0 ? '−' : '+'}${text}`;
}

/** `4 questions`. */
export function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

/** `1.24 s`, `35 ms`. */
export function secondsText(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  return seconds < 100 ? `${seconds.toFixed(2)} s` : `${Math.round(seconds)} s`;
}

/** How likely a difference is by chance; small ones as a bound. */
export function pText(pValue: number): string {
  return pValue < 0.001 ? 'p < 0.001' : `p = ${pValue.toFixed(3)}`;
}

/** A run in a few words, by what was chosen: `shapes, q4, kv int8`. */
export function runName({ settings }: Pick<EvalRun, 'settings'>): string {
  const { model, weights, kv, kernels } = settings;
  const parts = [weights, kv && `kv ${kv}`, kernels && `${kernels} kernels`];
  return [model, ...parts.filter((part) => part !== undefined)].join(', ');
}

/** Names of runs that are told side by side: what was asked is named where it is not the same. */
export function runNames(heads: readonly Pick<EvalRun, 'settings' | 'set'>[]): string[] {
  const isOneSet = new Set(heads.map(({ set }) => set.sha256)).size < 2;
  return heads.map((head) => (isOneSet ? runName(head) : `${runName(head)}; ${head.set.name}`));
}

function given(name: string, value: number | undefined): (readonly [string, string])[] {
  return value === undefined ? [] : [[name, String(value)]];
}

/** Settings as names and values, defaults named as such. */
export function settingRows(settings: RunSettings): readonly (readonly [name: string, value: string])[] {
  return [
    ['Weights', settings.weights ?? 'as they are'],
    ['Keys and values', settings.kv ?? 'as the weights'],
    ['Kernels', settings.kernels ?? 'chosen for this device'],
    ['Most new tokens', String(settings.maxNewTokens ?? 2048)],
    ...given('Most crops', settings.maxCrops),
    ...given('Most frames', settings.maxFrames),
    ...given('Most frames a second', settings.maxFps),
  ];
}

/** Cut where it is longer than anybody would read. */
export function cut(text: string, most = 1500): string {
  return text.length <= most ? text : `${text.slice(0, most)} … (${text.length} characters)`;
}

/** An adapter as a person names it. */
export function adapterName({ adapter }: Pick<ModelInfo, 'adapter'>): string {
  const { vendor, architecture, description, isFallbackAdapter } = adapter;
  const name = [vendor, architecture, description].filter((part) => part !== '').join(' ');
  return `${name || 'unnamed adapter'}${isFallbackAdapter ? ' (software rendering)' : ''}`;
}
