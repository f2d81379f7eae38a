// Does a list of things, a few at once, in order of their start.

/**
 * Calls `work` for every item with at most `atOnce` under way. When one fails or the signal is aborted, nothing new is
 * started, those under way are waited for, and the first error or the signal's reason is thrown.
 */
export async function runAll<T>(
  items: Iterable<T>,
  atOnce: number,
  signal: AbortSignal,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items[Symbol.iterator]();
  let failed: { readonly error: unknown } | null = null;
  async function lane(): Promise<void> {
    for (;;) {
      if (failed || signal.aborted) return;
      const { value, done } = queue.next();
      if (done) return;
      try {
        await work(value);
      } catch (error) {
        failed ??= { error };
      }
    }
  }
  await Promise.all(Array.from({ length: atOnce }, lane));
  signal.throwIfAborted();
  // TypeScript does not see the assignment in the lanes.
  const outcome = failed as { readonly error: unknown } | null;
  if (outcome) throw outcome.error;
}
