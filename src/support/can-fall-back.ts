// Whether `load({ fallback })` could compute here where there is no WebGPU.

// A module with one function that returns a vector of 16 bytes: what runtimes are compiled for, as of Safari 16.4.
const withVectors = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00], // "\0asm", version 1
  ...[0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b], // type: () -> v128
  ...[0x03, 0x02, 0x01, 0x00], // function 0 has it
  ...[0x0a, 0x08, 0x01, 0x06, 0x00, 0x41, 0x00, 0xfd, 0x0f, 0x0b], // i32.const 0, i8x16.splat
);

/** Vectors in WebAssembly, and the hashes that pictures are named by, which browsers keep from insecure pages. */
export function canFallBack(): boolean {
  return (
    typeof WebAssembly === 'object' &&
    WebAssembly.validate(withVectors) &&
    globalThis.crypto?.subtle !== undefined
  );
}
