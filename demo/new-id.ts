// Names for what the page keeps. `crypto.randomUUID` is missing where a page is not secure; there the page must still show files.

/** 128 random bits, as hexadecimal digits. */
export function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
}
