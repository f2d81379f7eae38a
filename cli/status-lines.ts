// Progress and the closing line, in words.

import type { Answer, ModelInfo, Progress } from '../src/index.ts';

const seconds = (ms: number) => `${(ms / 1000).toFixed(ms < 9950 ? 2 : 1)} s`;

const units = {
  load: 'MB',
  media: 'pictures',
  vision: 'crops',
  prefill: 'tokens',
  decode: 'tokens',
} as const;

const verbs = {
  load: 'Loading the model',
  media: 'Reading',
  vision: 'Looking',
  prefill: 'Reading the question',
  decode: 'Answering',
} as const;

/** What is being done, for a line that is written over. */
export function progressLine({ stage, done, total }: Progress): string {
  const scale = (value: number) => (stage === 'load' ? (value / 1e6).toFixed(1) : String(value));
  const all = total === null ? '' : ` of ${scale(total)}`;
  return `${verbs[stage]}: ${scale(done)}${all} ${units[stage]}`;
}

/** Who computed the answer, how much it was and how long it took. */
export function timingLine(info: ModelInfo, { usage, timings }: Pick<Answer, 'usage' | 'timings'>): string {
  const { vendor, architecture, description, isFallbackAdapter } = info.adapter;
  const device = description || `${vendor} ${architecture}`.trim() || 'an unnamed adapter';
  const rate =
    timings.decodeMs > 0 ? ` (${((usage.newTokens / timings.decodeMs) * 1000).toFixed(1)} tokens/s)` : '';
  const steps = [
    `load ${seconds(timings.loadMs)}`,
    `media ${seconds(timings.mediaMs)}`,
    `vision ${seconds(timings.visionMs)}`,
    `prefill ${seconds(timings.prefillMs)}`,
    `decode ${seconds(timings.decodeMs)}${rate}`,
    `total ${seconds(timings.totalMs)}`,
  ];
  return `${info.model} on ${device}${isFallbackAdapter ? ' (software)' : ''}: ${usage.promptTokens} + ${usage.newTokens} tokens; ${steps.join(', ')}`;
}
