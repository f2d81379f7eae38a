// Clips of coloured shapes on known paths, as the embedded model learnt to see them, drawn by hand and encoded by ffmpeg.

import { spawnSync } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';

export interface Place {
  /** Shares of the picture. */
  readonly x: number;
  readonly y: number;
}

export interface Shape {
  readonly kind: 'circle' | 'square' | 'triangle' | 'star' | 'cross';
  readonly color: readonly [number, number, number];
  /** Half of its size as a share of the picture. */
  readonly radius: number;
  /** Where it is; null while it is not there. */
  at(timeSec: number): Place | null;
}

const side = 168; // pixels: what the embedded model sees of a frame
const samples = 3; // across and down a pixel, so that edges are soft

/** The corners of a star, or of a triangle where there is no inner radius. */
function corners(radius: number, points: number, inner: number | null): Place[] {
  const count = inner === null ? points : 2 * points;
  return Array.from({ length: count }, (_, i) => {
    const angle = (2 * Math.PI * i) / count;
    const r = inner === null || i % 2 === 0 ? radius : inner;
    return { x: r * Math.sin(angle), y: -r * Math.cos(angle) };
  });
}

/** Whether a place lies inside a polygon: a line to the right crosses its border an odd number of times. */
function isInside({ x, y }: Place, polygon: readonly Place[]): boolean {
  let inside = false;
  polygon.forEach((a, i) => {
    const b = polygon[(i + 1) % polygon.length]!;
    if (a.y > y !== b.y > y && x < ((b.x - a.x) * (y - a.y)) / (b.y - a.y) + a.x) inside = !inside;
  });
  return inside;
}

/** Whether a place, in pixels from the middle of the shape, belongs to it. */
function covers(kind: Shape['kind'], r: number): (place: Place) => boolean {
  switch (kind) {
    case 'circle':
      return ({ x, y }) => Math.hypot(x, y) <= r;
    case 'square':
      return ({ x, y }) => Math.max(Math.abs(x), Math.abs(y)) <= 0.88 * r;
    case 'cross':
      return ({ x, y }) =>
        Math.max(Math.abs(x), Math.abs(y)) <= r && Math.min(Math.abs(x), Math.abs(y)) <= 0.36 * r;
    case 'triangle': {
      const polygon = corners(1.12 * r, 3, null);
      return ({ x, y }) => isInside({ x, y: y - 0.15 * r }, polygon);
    }
    case 'star': {
      const polygon = corners(1.15 * r, 5, 0.48 * r);
      return (place) => isInside(place, polygon);
    }
  }
}

/** One frame, [side, side, 3]. */
function frameAt(shapes: readonly Shape[], timeSec: number): Uint8Array {
  const frame = new Uint8Array(side * side * 3);
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++)
      frame.fill(118 + Math.round((24 * x) / side), (y * side + x) * 3, (y * side + x + 1) * 3);
  for (const { kind, color, radius, at } of shapes) {
    const place = at(timeSec);
    if (!place) continue;
    const r = radius * side;
    const [cx, cy] = [place.x * side, place.y * side];
    const isCovered = covers(kind, r);
    const reach = Math.ceil(1.3 * r);
    for (let y = Math.max(0, Math.floor(cy) - reach); y < Math.min(side, cy + reach); y++)
      for (let x = Math.max(0, Math.floor(cx) - reach); x < Math.min(side, cx + reach); x++) {
        let hits = 0;
        for (let i = 0; i < samples * samples; i++) {
          const dx = x + ((i % samples) + 0.5) / samples - cx;
          const dy = y + (Math.floor(i / samples) + 0.5) / samples - cy;
          if (isCovered({ x: dx, y: dy })) hits += 1;
        }
        const share = hits / (samples * samples);
        const pixel = (y * side + x) * 3;
        color.forEach(
          (value, k) => (frame[pixel + k] = Math.round(share * value + (1 - share) * frame[pixel + k]!)),
        );
      }
  }
  return frame;
}

/** Writes a clip of two frames a second to `path`. */
export function drawClip(path: string, shapes: readonly Shape[], durationSec: number): void {
  const frames = Array.from({ length: Math.round(2 * durationSec) }, (_, i) => frameAt(shapes, i / 2));
  const raw = ['-f', 'rawvideo', '-pix_fmt', 'rgb24', '-s', `${side}x${side}`, '-r', '2', '-i', '-'];
  const coded = ['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '12', '-g', '20', '-pix_fmt', 'yuv420p'];
  const bt709 = ['-vf', 'scale=out_color_matrix=bt709:out_range=tv', '-colorspace', 'bt709', '-color_primaries', 'bt709', '-color_trc', 'bt709', '-color_range', 'tv']; // prettier-ignore
  const { status, stderr } = spawnSync('ffmpeg', ['-v', 'error', '-y', ...raw, ...bt709, ...coded, path], {
    input: Buffer.concat(frames),
  });
  if (status !== 0) throw new Error(`ffmpeg could not write the clip: ${stderr.toString()}`);
}

/** Brightness and colour of a pixel in the numbers of television, as cameras send them. */
function bt601(r: number, g: number, b: number): [number, number, number] {
  return [
    16 + (65.481 * r + 128.553 * g + 24.966 * b) / 255,
    128 + (-37.797 * r - 74.203 * g + 112 * b) / 255,
    128 + (112 * r - 93.786 * g - 18.214 * b) / 255,
  ];
}

/** A frame as a file of Y4M holds it: brightness of each pixel, then colour of each square of four. */
function frameY4m(frame: Uint8Array): Uint8Array {
  const half = side / 2;
  const out = new Uint8Array(side * side * 1.5);
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) {
      const pixel = (y * side + x) * 3;
      const [luma, blue, red] = bt601(frame[pixel]!, frame[pixel + 1]!, frame[pixel + 2]!);
      out[y * side + x] = Math.round(luma);
      if (x % 2 === 1 || y % 2 === 1) continue;
      const at = side * side + (y / 2) * half + x / 2;
      out[at] = Math.round(blue);
      out[at + half * half] = Math.round(red);
    }
  return out;
}

/** Writes what a made camera shows, over and over: uncompressed video (Y4M) of `fps` frames a second. */
export function drawCamera(path: string, shapes: readonly Shape[], durationSec: number, fps: number): void {
  const file = openSync(path, 'w');
  writeSync(file, `YUV4MPEG2 W${side} H${side} F${fps}:1 Ip A1:1 C420jpeg\n`);
  for (let i = 0; i < durationSec * fps; i++) {
    writeSync(file, 'FRAME\n');
    writeSync(file, frameY4m(frameAt(shapes, i / fps)));
  }
  closeSync(file);
}

/** From one end to the other and back, `legSec` each way. */
export function toAndFro(from: number, to: number, legSec: number): (timeSec: number) => number {
  return (timeSec) => {
    const phase = (timeSec / legSec) % 2;
    return from + (to - from) * (phase < 1 ? phase : 2 - phase);
  };
}
