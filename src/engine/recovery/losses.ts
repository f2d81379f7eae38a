// What is a lost device, and when it is given up.

import { Molmo2Error } from '../../errors.ts';

/** Whether an error may come of a lost device: not where our own words say what else it is. */
export function couldBeLoss(error: unknown): boolean {
  if (error instanceof Molmo2Error) return mayHideLoss.includes(error.code);
  return !(error instanceof TypeError || error instanceof RangeError);
}

// Decoders and allocations fail with the device, too.
const mayHideLoss: readonly string[] = ['device-lost', 'media-unreadable', 'out-of-memory'];

// A device that goes away again and again takes its user's page with it.
const mostLosses = 3;
const withinMs = 60_000;

/** Counts losses; a device that is lost for the third time within a minute is not opened again. */
export class Losses {
  readonly #now: () => number;
  #timesMs: number[] = [];

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Notes a loss. Throws `device-lost` where there were too many. */
  add(reason: string): void {
    const now = this.#now();
    this.#timesMs = [...this.#timesMs.filter((ms) => now - ms < withinMs), now];
    if (this.#timesMs.length < mostLosses) return;
    throw new Molmo2Error(
      'device-lost',
      `The GPU stopped working ${mostLosses} times within a minute (the last time: ${reason}), and it was given up. Load the model again; if that fails as well, restart the browser, update the graphics driver, or ask about fewer frames or crops.`,
    );
  }
}

// A driver that was reset may take a few seconds until it offers an adapter again.
const waitsMs = [0, 250, 500, 1000, 2000, 4000];

/** Tries until there is an adapter again. Throws `device-lost` when none comes back, what else `open` throws, or the reason. */
export async function whenAdapterReturns<T>(
  open: () => Promise<T>,
  reason: string,
  signal: AbortSignal,
  waits: readonly number[] = waitsMs,
): Promise<T> {
  let last: unknown;
  for (const ms of waits) {
    await pause(ms, signal);
    try {
      return await open();
    } catch (error) {
      if (!(error instanceof Molmo2Error && error.code === 'no-webgpu')) throw error;
      last = error;
    }
  }
  throw new Molmo2Error(
    'device-lost',
    `The GPU stopped working (${reason}), and none came back. Load the model again later, or restart the browser.`,
    { cause: last },
  );
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (ms === 0) return;
  let stop = () => {};
  const aborted = new Promise<void>((resolve) => {
    stop = resolve;
  });
  signal.addEventListener('abort', stop);
  const timer = setTimeout(stop, ms);
  await aborted;
  clearTimeout(timer);
  signal.removeEventListener('abort', stop);
  signal.throwIfAborted();
}
