// What a server says in JSON, read without trusting it, and what is told of it when something went wrong.

type Fields = Readonly<Record<string, unknown>>;

/** The fields of an object; none of anything else. */
export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

/** Undefined where the text is no JSON. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What an error's body says, in a line; `redacted` comes before anything is cut, so that no part of a key is left. */
export function complaint(value: unknown, redacted: (text: string) => string): string {
  const { error, message, detail } = fieldsOf(value);
  const said = [fieldsOf(error)['message'], error, message, detail].find((one) => typeof one === 'string');
  const line = typeof said === 'string' ? redacted(said).replace(/\s+/g, ' ').trim() : '';
  return line.length > 200 ? `${line.slice(0, 200)} ...` : line;
}

/** An error of the connection in words; `fetch` hides the reason in its cause. */
export function causeText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return `${error.message}${cause}`;
}
