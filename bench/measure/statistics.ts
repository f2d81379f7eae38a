// Numbers out of samples. Pure.

/** The middle of the values, or the mean of the two in the middle. NaN without values. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The value below which the share `q` (0 to 1) of the values lies, between neighbours in proportion. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * q;
  const low = sorted[Math.floor(at)] ?? NaN;
  const high = sorted[Math.ceil(at)] ?? NaN;
  return low + (high - low) * (at - Math.floor(at));
}

/** NaN without values. */
export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

// A sample must be long against the clock and the start of a submission, and short enough for a page to live on.
const sampleMs = { least: 20, most: 3000 } as const;
const mostRuns = 16384;

/** How many runs make a sample, when one takes about `runMs`. */
export function runsPerSample(runMs: number): number {
  const wanted = Math.ceil(sampleMs.least / Math.max(runMs, 1e-6));
  const allowed = Math.floor(sampleMs.most / Math.max(runMs, 1e-6));
  return Math.max(1, Math.min(wanted, allowed, mostRuns));
}

/**
 * What starting and ending a submission costs, from the times of samples with few and with many runs. At most half of
 * the shortest long sample: more than that cannot be told from noise.
 */
export function launchMs(
  few: { readonly runs: number; readonly ms: readonly number[] },
  many: { readonly runs: number; readonly ms: readonly number[] },
): number {
  if (few.ms.length === 0 || many.runs <= few.runs) return 0;
  const perRun = (median(many.ms) - median(few.ms)) / (many.runs - few.runs);
  const launch = median(few.ms) - perRun * few.runs;
  return Math.max(0, Math.min(launch, Math.min(...many.ms) / 2));
}
