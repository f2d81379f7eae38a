// Reads the body of a response into memory, and gives up when it stands still or has another length than it should.

/**
 * All bytes of the body. `length` is how many there must be; null takes what comes, up to `largest`. Throws a plain Error
 * that says what went wrong: the caller knows whether to try again.
 */
export async function readBody(
  response: Response,
  length: number | null,
  stallMs: number,
  signal: AbortSignal,
  largest = Infinity,
): Promise<Uint8Array<ArrayBuffer>> {
  const reader = response.body?.getReader();
  if (!reader) return new Uint8Array(0);
  const parts: Uint8Array[] = [];
  const whole = length === null ? null : new Uint8Array(length);
  const most = length ?? largest;
  let done = 0;
  try {
    for (;;) {
      const { value, done: ended } = await unlessStalled(reader.read(), stallMs, signal);
      if (ended) break;
      if (done + value.byteLength > most) throw new Error(`more than the expected ${most} bytes came`);
      if (whole) whole.set(value, done);
      else parts.push(value);
      done += value.byteLength;
    }
  } catch (error) {
    void reader.cancel().catch(() => {});
    throw error;
  }
  if (length !== null && done < length)
    throw new Error(`the connection ended after ${done} of ${length} bytes`);
  return whole ?? joined(parts, done);
}

/** A browser keeps what is in a Blob outside the page's memory, so that the body is put there piece by piece. */
const blobBytes = 16 * 1024 * 1024;

/** The body as a Blob of at most `largest` bytes. Throws as `readBody` does. */
export async function readBlob(
  response: Response,
  stallMs: number,
  signal: AbortSignal,
  largest: number,
): Promise<Blob> {
  const reader = response.body?.getReader();
  const whole: Blob[] = [];
  let parts: Uint8Array<ArrayBuffer>[] = [];
  let [waiting, done] = [0, 0];
  try {
    while (reader) {
      const { value, done: ended } = await unlessStalled(reader.read(), stallMs, signal);
      if (ended) break;
      done += value.byteLength;
      if (done > largest) throw new Error(`more than ${largest} bytes came`);
      parts.push(value);
      waiting += value.byteLength;
      if (waiting < blobBytes) continue;
      whole.push(new Blob(parts));
      [parts, waiting] = [[], 0];
    }
  } catch (error) {
    void reader?.cancel().catch(() => {});
    throw error;
  }
  return new Blob([...whole, ...parts]);
}

function joined(parts: readonly Uint8Array[], byteLength: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(byteLength);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.byteLength;
  }
  return bytes;
}

/** The same result, or an Error when it takes longer than `stallMs`, or the reason of `signal`. */
export function unlessStalled<T>(work: Promise<T>, stallMs: number, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`nothing came for ${stallMs / 1000} s`)), stallMs);
    const stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    });
  });
}
