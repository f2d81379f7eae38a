// Reads a whole safetensors file into typed arrays; 16-bit floats are widened to f32.

export interface LoadedTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array | Uint8Array;
}

const word = new DataView(new ArrayBuffer(4));

function bf16ToF32(bits: number): number {
  word.setUint32(0, bits << 16);
  return word.getFloat32(0);
}

function f16ToF32(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function typed(dtype: string, bytes: ArrayBuffer): LoadedTensor['data'] {
  if (dtype === 'F32') return new Float32Array(bytes);
  if (dtype === 'I32') return new Int32Array(bytes);
  if (dtype === 'U8') return new Uint8Array(bytes);
  if (dtype === 'BF16') return Float32Array.from(new Uint16Array(bytes), bf16ToF32);
  if (dtype === 'F16') return Float32Array.from(new Uint16Array(bytes), f16ToF32);
  throw new Error(`readSafetensors does not know dtype ${dtype}`);
}

/** Every tensor of the file by name, in the file's order. */
export function readSafetensors(bytes: Uint8Array): Map<string, LoadedTensor> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const dataStart = 8 + Number(view.getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, dataStart))) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  >;
  const tensors = new Map<string, LoadedTensor>();
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    const [start, end] = entry.data_offsets;
    // The copy gives the alignment that wider elements need. (A Buffer's own slice() would not copy.)
    const data = typed(
      entry.dtype,
      new Uint8Array(bytes.subarray(dataStart + start, dataStart + end)).buffer,
    );
    tensors.set(name, { dtype: entry.dtype, shape: entry.shape, data });
  }
  return tensors;
}
