// How a signal stops what has a way of its own to be stopped.

/** Calls `stop` when the signal fires, until the returned function is called. */
export function onAbort(signal: AbortSignal | undefined, stop: () => void): () => void {
  signal?.addEventListener('abort', stop, { once: true });
  return () => signal?.removeEventListener('abort', stop);
}
