// Writes small JPEG files whose blocks of 8 x 8 pixels have one colour each, for what common encoders do not write: four
// components with and without Adobe's marker, EXIF, no end marker.

export interface JpegOptions {
  /** Blocks in a row and in a column. */
  readonly columns: number;
  readonly rows: number;
  /** The stored components of each block, row by row: 1 (grey), 3 (YCbCr, RGB) or 4 (CMYK, YCCK) values from 0 to 255. */
  readonly blocks: readonly (readonly number[])[];
  /** The transform that Adobe's marker names: 0 none, 1 YCbCr, 2 YCCK; no marker without it. */
  readonly adobe?: 0 | 1 | 2;
  /** EXIF orientation 1 to 8; no EXIF without it. */
  readonly orientation?: number;
}

const word = (value: number) => [value >> 8, value & 255];
const segment = (marker: number, body: readonly number[]) => [
  0xff,
  marker,
  ...word(body.length + 2),
  ...body,
];
const ascii = (text: string) => Array.from(text, (c) => c.charCodeAt(0));

/** Little endian: one entry, 0x0112. */
const exif = (orientation: number) => [
  ...ascii('Exif\0\0II*\0'),
  ...[8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0, 0, 0, 0, 0],
];

/** Bits, with a zero byte behind every 0xff. */
class BitWriter {
  readonly bytes: number[] = [];
  #bits = '';

  write(value: number, length: number): void {
    if (length > 0) this.#bits += value.toString(2).padStart(length, '0');
    while (this.#bits.length >= 8) this.#byte();
  }

  end(): void {
    if (this.#bits === '') return;
    this.#bits = this.#bits.padEnd(8, '1');
    this.#byte();
  }

  #byte(): void {
    const byte = Number.parseInt(this.#bits.slice(0, 8), 2);
    this.#bits = this.#bits.slice(8);
    this.bytes.push(byte);
    if (byte === 0xff) this.bytes.push(0);
  }
}

// Twelve categories with four bits each; of the other coefficients only the end of the block is ever written, as 0.
const huffmanTables = [
  ...segment(0xc4, [0x00, 0, 0, 0, 12, ...Array.from({ length: 12 }, () => 0), ...Array(12).keys()]),
  ...segment(0xc4, [0x10, 1, ...Array.from({ length: 15 }, () => 0), 0]),
];

function scan(blocks: readonly (readonly number[])[]): number[] {
  const bits = new BitWriter();
  const last: number[] = [];
  for (const block of blocks)
    block.forEach((value, component) => {
      const level = 8 * (value - 128);
      const difference = level - (last[component] ?? 0);
      last[component] = level;
      const category = difference === 0 ? 0 : Math.floor(Math.log2(Math.abs(difference))) + 1;
      bits.write(category, 4);
      bits.write(difference < 0 ? difference + 2 ** category - 1 : difference, category);
      bits.write(0, 1);
    });
  bits.end();
  return bits.bytes;
}

export function writeJpeg({
  columns,
  rows,
  blocks,
  adobe,
  orientation,
}: JpegOptions): Uint8Array<ArrayBuffer> {
  const components = Array.from(blocks[0] ?? [], (_, i) => i + 1);
  const transform = adobe === undefined ? [] : segment(0xee, [...ascii('Adobe'), 0, 100, 0, 0, 0, 0, adobe]);
  return Uint8Array.from([
    ...[0xff, 0xd8],
    ...(orientation === undefined ? [] : segment(0xe1, exif(orientation))),
    ...transform,
    ...segment(0xdb, [0, ...Array.from({ length: 64 }, () => 1)]),
    ...segment(0xc0, [
      8,
      ...word(rows * 8),
      ...word(columns * 8),
      components.length,
      ...components.flatMap((id) => [id, 0x11, 0]),
    ]),
    ...huffmanTables,
    ...segment(0xda, [components.length, ...components.flatMap((id) => [id, 0]), 0, 63, 0]),
    ...scan(blocks),
    ...[0xff, 0xd9],
  ]);
}
