// The alphabet of byte-level vocabularies: every byte is spelled as one visible character.

/**
 * Character -> byte. Bytes that are visible Latin-1 characters stand for themselves; the others take the code points
 * from 256 on, in ascending order.
 */
function byteAlphabet(): ReadonlyMap<string, number> {
  const visible = (byte: number) =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  const alphabet = new Map<string, number>();
  let next = 256;
  for (let byte = 0; byte < 256; byte++)
    alphabet.set(String.fromCharCode(visible(byte) ? byte : next++), byte);
  return alphabet;
}

const alphabet = byteAlphabet();

/** The bytes that a token of a byte-level vocabulary stands for; characters outside the alphabet become 0. */
export function tokenBytes(token: string): Uint8Array {
  return Uint8Array.from(token, (character) => alphabet.get(character) ?? 0);
}
