// Server-sent events: the data of each, from bytes that are cut anywhere.

/** No event of an answer is this long; a server that goes on is none that answers. */
const mostCharacters = 16 << 20;

/** The data of every complete event. What the end cuts off is no event. @throws RangeError for one without end. */
export async function* eventData(body: ReadableStream<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let [rest, data] = ['', [] as string[]];
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      rest += decoder.decode(value, { stream: true });
      if (rest.length > mostCharacters) throw new RangeError('an event of its answer does not end');
      // A return at the end may be half of the end of a line.
      const lines = rest.split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (line.startsWith('data:')) data.push(line.slice(line[5] === ' ' ? 6 : 5));
        if (line !== '' || data.length === 0) continue;
        yield data.join('\n');
        data = [];
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}
