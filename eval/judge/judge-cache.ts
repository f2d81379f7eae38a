// Answers of a judge that were read, by the hash of what was asked: a run that goes on does not pay for them again.

export interface JudgeCache {
  get(key: string): Promise<string | null>;
  set(key: string, text: string): Promise<void>;
}

/** Keeps answers as long as it lives. */
export function memoryCache(): JudgeCache {
  const texts = new Map<string, string>();
  return {
    get: (key) => Promise.resolve(texts.get(key) ?? null),
    set: (key, text) => {
      texts.set(key, text);
      return Promise.resolve();
    },
  };
}

/** SHA-256 in hexadecimal of all that decides an answer. */
export async function cacheKey(parts: readonly (string | number)[]): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(parts));
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
