// Tensors -> the bytes of a safetensors file: length of the header, header, data.

import type { Trace, TraceTensor } from '../src/index.ts';

const alignment = 8; // readers map the file and want the data at a multiple of the widest element

function dtypeOf(data: TraceTensor['data']): 'F32' | 'I32' | 'U8' {
  if (data instanceof Float32Array) return 'F32';
  return data instanceof Int32Array ? 'I32' : 'U8';
}

/** The file as parts to be written one after the other; the tensors' own memory is not copied. */
export function safetensorsParts(tensors: Trace): readonly Uint8Array[] {
  // Wide elements first, so that each tensor lies at a multiple of its element.
  const order = Object.entries(tensors).sort(
    ([, a], [, b]) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT,
  );
  const header: Record<string, { dtype: string; shape: readonly number[]; data_offsets: [number, number] }> =
    {};
  let end = 0;
  for (const [name, { shape, data }] of order) {
    header[name] = { dtype: dtypeOf(data), shape, data_offsets: [end, end + data.byteLength] };
    end += data.byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const head = new Uint8Array(Math.ceil((8 + json.length) / alignment) * alignment).fill(0x20);
  new DataView(head.buffer).setBigUint64(0, BigInt(head.length - 8), true);
  head.set(json, 8);
  return [
    head,
    ...order.map(([, { data }]) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
  ];
}
