// A video chosen by a seed: container, codec, reordering, edits, rotation, rate, and how its file ends.

import { readFileSync, writeFileSync } from 'node:fs';
import { seeded } from '../kernels/random.ts';
import { record, temporary } from '../node/make-videos.ts';
import { type EditPart, withEdits, withIndexFirst, withMatrix } from '../node/rewrite-boxes.ts';

type Codec = 'h264' | 'vp8' | 'vp9' | 'av1';
type Container = 'mp4' | 'mov' | 'fragmented.mp4' | 'mkv' | 'webm';
type Quarter = 0 | 90 | 180 | 270;

export interface VideoRecipe {
  readonly seed: number;
  readonly container: Container;
  readonly codec: Codec;
  readonly bFrames: number;
  readonly keyInterval: number;
  readonly count: number;
  readonly rate: string;
  readonly rotation: Quarter;
  /** Parts of the stored frames, [first, end), that an edit list shows; none for no list of its own. */
  readonly parts: readonly (readonly [first: number, end: number])[];
  /** Whether the index lies before the frames; where the end is cut, it then names frames that are missing. */
  readonly isIndexFirst: boolean;
  /** The share of the bytes that is left of the file. */
  readonly share: number;
}

const codecs: Record<Container, readonly Codec[]> = {
  mp4: ['h264', 'h264', 'vp9', 'av1'],
  mov: ['h264'],
  'fragmented.mp4': ['h264', 'vp9'],
  mkv: ['h264', 'vp8', 'vp9', 'av1'],
  webm: ['vp8', 'vp9', 'av1'],
};
const containers: readonly Container[] = [
  'mp4',
  'mp4',
  'mp4',
  'mov',
  'fragmented.mp4',
  'mkv',
  'mkv',
  'webm',
  'webm',
];
const rates = ['10', '25/2', '24', '25', '30000/1001', '30', '50', '60'];
const quarters: readonly Quarter[] = [0, 0, 90, 180, 270];
const matrices = { 0: [1, 0, 0, 1], 90: [0, 1, -1, 0], 180: [-1, 0, 0, -1], 270: [0, -1, 1, 0] } as const;

export function videoRecipe(seed: number): VideoRecipe {
  const random = seeded(seed);
  const below = (n: number) => Math.floor(random() * n);
  const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T;
  const container = pick(containers);
  const codec = pick(codecs[container]);
  const count = 1 + below(random() < 0.1 ? 4 : 120);
  const hasLists = container === 'mp4' || container === 'mov';
  const isEdited = hasLists && count > 12 && random() < 0.6;
  const part = () => {
    const first = below(count - 8);
    return [first, first + 4 + below(count - first - 4)] as const;
  };
  const parts = isEdited ? Array.from({ length: 1 + below(3) }, part) : [];
  const recipe = {
    seed,
    container,
    codec,
    // Where a second part begins between reordered frames, ffmpeg lets times run backwards and is no reference.
    bFrames: codec === 'h264' && parts.length < 2 ? below(4) : 0,
    keyInterval: pick([5, 12, 30, 250]),
    count,
    rate: pick(rates),
    rotation: hasLists ? pick(quarters) : 0,
    parts,
    share: random() < 0.15 ? 0.3 + 0.7 * random() : 1,
  };
  const isIndexFirst = hasLists && random() < 0.4;
  return { ...recipe, isIndexFirst, ...(isIndexFirst && random() < 0.5 && { share: 0.1 + 0.9 * random() }) };
}

function encoderArgs({ codec, bFrames, keyInterval, container }: VideoRecipe): string[] {
  const key = ['-g', String(keyInterval)];
  const encoder = {
    h264: ['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '16', '-bf', String(bFrames)],
    vp8: ['-c:v', 'libvpx', '-b:v', '400k', '-crf', '10', '-deadline', 'realtime', '-cpu-used', '4', '-auto-alt-ref', '1', '-lag-in-frames', '16'],
    vp9: ['-c:v', 'libvpx-vp9', '-b:v', '0', '-crf', '20', '-deadline', 'realtime', '-cpu-used', '6'],
    av1: ['-c:v', 'libsvtav1', '-preset', '12', '-crf', '20'],
  }[codec]; // prettier-ignore
  const fragments =
    container === 'fragmented.mp4' ? ['-movflags', 'frag_keyframe+empty_moov+default_base_moof'] : [];
  return [...encoder, ...key, ...fragments];
}

/** Makes the video and returns its path. */
export function makeVideo(recipe: VideoRecipe): string {
  const { seed, container, count, rate, rotation, parts, isIndexFirst, share } = recipe;
  let path = record(`${seed}.${container}`, { count, rate }, encoderArgs(recipe));
  const [num = 1, den = 1] = rate.split('/').map(Number);
  const seconds = (frames: number) => (frames * den) / num;
  const edits: EditPart[] = parts.map(([first, end]) => ({
    mediaSec: seconds(first),
    durationSec: seconds(end - first),
  }));
  if (edits.length > 0) path = withEdits(path, `${seed}-edited.${container}`, edits);
  if (rotation !== 0) path = withMatrix(path, `${seed}-turned.${container}`, matrices[rotation]);
  if (isIndexFirst) path = withIndexFirst(path, `${seed}-first.${container}`);
  if (share === 1) return path;
  const bytes = readFileSync(path);
  const cut = temporary(`${seed}-cut.${container}`);
  writeFileSync(cut, bytes.subarray(0, Math.floor(bytes.length * share)));
  return cut;
}
