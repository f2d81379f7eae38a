// What a question will look at, said before it is asked. Pure.

/** Frames this far apart miss what happens between them. */
const coarseSec = 1.5;

export interface Sampling {
  readonly text: string;
  /** Raising the number of frames, or choosing a part, would show more. */
  readonly isCoarse: boolean;
}

function seconds(value: number): string {
  return `${value < 9.95 ? Number(value.toFixed(1)) : Math.round(value)} s`;
}

/** `timestamps` are those of the frames; `isPart` says that they are of a chosen part. */
export function samplingOf(timestamps: readonly number[], isPart: boolean): Sampling {
  const count = timestamps.length;
  const first = timestamps[0] ?? 0;
  const last = timestamps.at(-1) ?? first;
  if (count === 0) return { text: '', isCoarse: false };
  const part = isPart ? ' of the chosen part' : '';
  if (count === 1) return { text: `The model will see 1 frame${part}.`, isCoarse: false };
  const step = (last - first) / (count - 1);
  const text = `The model will see ${count} frames${part}, one each ${seconds(step)}`;
  const isCoarse = step > coarseSec;
  return { text: isCoarse ? `${text}: raise their number, or choose a part.` : `${text}.`, isCoarse };
}
