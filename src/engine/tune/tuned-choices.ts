// Where a page keeps what a tuning run found: the browser's cache of answers, which workers and pages share. The Node twin
// is tuned-choices-node.ts. Both may reject; nobody depends on an entry.

const cacheName = 'molmo2-webgpu-tuning';

// An address that is never asked for: entries of the cache need one.
const addressOf = (key: string) => `https://molmo2-webgpu.invalid/tuning?${encodeURIComponent(key)}`;

/** What computes, with its version. */
export function runtimeBuild(): string {
  return navigator.userAgent;
}

/** The entry of a key, or null. */
export async function readEntry(key: string): Promise<string | null> {
  const kept = await (await caches.open(cacheName)).match(addressOf(key));
  return kept ? kept.text() : null;
}

export async function keepEntry(key: string, text: string): Promise<void> {
  await (await caches.open(cacheName)).put(addressOf(key), new Response(text));
}
