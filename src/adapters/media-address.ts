// Pictures and videos as they stand in JSON: an address, or the bytes themselves in one. In Node a string may be a path, and
// whoever writes a request must not read files of the machine that answers it: addresses become URLs of a few schemes.

const schemes = ['http:', 'https:', 'blob:'];

/** Bytes written in base64, in either alphabet. Throws TypeError naming `what`. */
export function bytesOfBase64(text: string, what: string): Uint8Array {
  let binary: string;
  try {
    binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  } catch (cause) {
    throw new TypeError(`${what} is no base64. Encode the bytes of the file, without anything else.`, {
      cause,
    });
  }
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

/** What an address names: the bytes of a data URL, or a URL to fetch. Throws TypeError naming `what`. */
export function mediaAt(address: unknown, what: string): Uint8Array | URL {
  if (typeof address !== 'string')
    throw new TypeError(`${what} must be a string, got ${address === null ? 'null' : typeof address}.`);
  const data = /^data:([^,]*),/i.exec(address);
  if (data) {
    const body = address.slice(data[0].length);
    if (/;\s*base64\s*$/i.test(data[1] ?? '')) return bytesOfBase64(decoded(body, what), what);
    return new TextEncoder().encode(decoded(body, what));
  }
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url && schemes.includes(url.protocol)) return url;
  throw new TypeError(
    `${what} must be a data: URL, or an absolute URL of http, https or blob, got ${JSON.stringify(address.slice(0, 80))}.`,
  );
}

function decoded(text: string, what: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new TypeError(`${what} is a data: URL with a damaged escape.`, { cause });
  }
}
