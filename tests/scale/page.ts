// The page that `npm run measure:scale` drives: loads a model through the door, asks it one question, runs the plain loop.

import { cachedModels, Molmo2, type Timings, type Trace } from '../../src/index.ts';
import type { LoopResult } from './plain-loop.ts';

export interface Load {
  /** From the call to the model, with the start of its worker. */
  readonly ms: number;
  /** What the model itself says. */
  readonly loadMs: number;
  readonly parameters: number;
  readonly notices: readonly string[];
  /** Bytes that the browser keeps of complete models afterwards. */
  readonly keptBytes: number;
}

export interface Decoded {
  readonly promptTokens: number;
  readonly tokenIds: readonly number[];
  readonly timings: Timings;
  /** [rows, vocabulary] of the logits before each forced token. */
  readonly shape: readonly number[];
  readonly finite: boolean;
  /** Smallest and largest logit: random weights still give different ones. */
  readonly range: readonly [number, number];
}

export interface ScalePage {
  load(model: string): Promise<Load>;
  decode(forceIds: readonly number[]): Promise<Decoded>;
  dispose(): void;
  plainLoop(): Promise<LoopResult>;
}

let molmo: Molmo2 | null = null;

const scale: ScalePage = {
  async load(model) {
    const startMs = performance.now();
    molmo = await Molmo2.load({ model });
    const ms = performance.now() - startMs;
    const { loadMs, parameters, notices } = molmo.info;
    const kept = (await cachedModels()).filter(({ complete }) => complete);
    const keptBytes = kept.reduce((sum, { byteLength }) => sum + byteLength, 0);
    return { ms, loadMs, parameters, notices, keptBytes };
  },
  async decode(forceIds) {
    if (!molmo) throw new Error('no model is loaded');
    let trace: Trace = {};
    let told = '';
    for await (const event of molmo.ask({ prompt: 'Hi' }, { trace: { forceIds } })) {
      if (event.type === 'progress' && told !== (told = `${event.stage} ${event.done}/${event.total ?? '?'}`))
        console.log(told);
      if (event.type === 'trace') trace = event.trace;
      if (event.type === 'done') return decoded(trace, event.answer);
    }
    throw new Error('the answer did not end');
  },
  dispose() {
    molmo?.dispose();
    molmo = null;
  },
  plainLoop() {
    const worker = new Worker(new URL('./plain-loop.ts', import.meta.url), { type: 'module' });
    return new Promise<LoopResult>((resolve, reject) => {
      worker.onmessage = ({ data }: MessageEvent<LoopResult>) => resolve(data);
      worker.onerror = ({ message }) => reject(new Error(message));
      worker.postMessage(null);
    }).finally(() => worker.terminate());
  },
};

function decoded(
  trace: Trace,
  {
    usage,
    tokenIds,
    timings,
  }: { usage: { promptTokens: number }; tokenIds: readonly number[]; timings: Timings },
): Decoded {
  const { shape = [], data = [] } = trace['decode_logits'] ?? {};
  let [low, high, finite] = [Infinity, -Infinity, data.length > 0];
  for (const value of data) {
    finite &&= Number.isFinite(value);
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return { promptTokens: usage.promptTokens, tokenIds, timings, shape, finite, range: [low, high] };
}

Object.assign(globalThis, { scale });
