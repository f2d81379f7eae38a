// The options of a question that `ask` and `score` share: what to load, what to look at and what to ask. Pure.

import type { AskInput, AskOptions, VideoInput } from '../src/index.ts';
import type { Takes } from './arguments.ts';
import { UsageError } from './failure.ts';
import type { OptionReader } from './option-reader.ts';

export interface Asked {
  readonly model: string;
  /** Without subtitles and messages, whose files are still to be read. */
  readonly input: AskInput;
  readonly subtitlesFile: string | null;
  readonly messagesFile: string | null;
}

export const inputFlags = {
  '--model': 'one',
  '--image': 'repeat',
  '--video': 'one',
  '--frames': 'many',
  '--timestamps': 'one',
  '--subtitles': 'one',
  '--start-sec': 'one',
  '--end-sec': 'one',
  '--max-crops': 'one',
  '--max-frames': 'one',
  '--max-fps': 'one',
  '--style': 'one',
  '--point': 'one',
  '--messages': 'one',
  '--kv': 'one',
} as const satisfies Record<string, Takes>;

type InputFlag = keyof typeof inputFlags;

export const inputAliases = { '--start': '--start-sec', '--end': '--end-sec' };

/** The same object without the values that were not given. */
export function given<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

/** The question. Throws UsageError, which says what is wrong and what to write. */
export function askedOf(read: OptionReader<InputFlag>, words: readonly string[]): Asked {
  for (const [a, b, why] of exclusive)
    if (read.has(a) && read.has(b)) throw new UsageError(`${a} and ${b} exclude each other. ${why}`);
  checkNeeds(read, dependent, advice);
  const images = read.all('--image');
  return {
    model: read.text('--model') ?? 'shapes',
    input: {
      ...given({
        prompt: promptOf(read, words),
        video: videoOf(read),
        images: images.length > 0 ? images : undefined,
        style: read.text('--style'),
        ...spanOf(read),
        maxFrames: read.number('--max-frames', { integer: true, from: 2 }),
        maxFps: read.number('--max-fps', { above: 0 }),
        maxCrops: read.number('--max-crops', { integer: true, from: 1, to: 24 }),
        point: pointOf(read),
      }),
    },
    subtitlesFile: read.text('--subtitles') ?? null,
    messagesFile: read.text('--messages') ?? null,
  };
}

const exclusive: readonly (readonly [InputFlag, InputFlag, string])[] = [
  ['--image', '--video', 'The model takes images or a video; ask two questions.'],
  ['--image', '--frames', 'The model takes images or a video; ask two questions.'],
  ['--video', '--frames', 'Give the video, or its sampled frames.'],
  ['--frames', '--max-frames', 'A list of frames is taken whole; leave out those that should not be seen.'],
  ['--frames', '--max-fps', 'A list of frames is taken whole; leave out those that should not be seen.'],
  ['--frames', '--start-sec', 'A list of frames is taken whole; leave out those that should not be seen.'],
  ['--frames', '--end-sec', 'A list of frames is taken whole; leave out those that should not be seen.'],
  ['--messages', '--style', 'Write "style" into a text part of the messages.'],
  ['--messages', '--point', 'Ask about the point with a PROMPT.'],
  ['--messages', '--subtitles', 'Begin the messages with one of role "subtitle".'],
];

/** The first option needs one of the others. */
export type Needs<Flag extends string> = readonly (readonly [Flag, readonly Flag[]])[];

const dependent: Needs<InputFlag> = [
  ['--frames', ['--timestamps']],
  ['--timestamps', ['--frames']],
  ['--subtitles', ['--video', '--frames']],
  ['--point', ['--video', '--frames']],
  ['--max-crops', ['--image']],
  ['--max-frames', ['--video']],
  ['--max-fps', ['--video']],
  ['--start-sec', ['--video']],
  ['--end-sec', ['--video']],
];

const advice: Partial<Record<InputFlag, string>> = {
  '--frames': 'Write the time of each frame in seconds, for example --timestamps 0,0.5,1.',
  '--timestamps': 'Write the frames they belong to, for example --frames 0.png 1.png.',
  '--max-crops': 'Frames of a video are not cut into crops.',
  '--max-frames': 'It bounds the frames that are sampled from a video; a picture has none.',
  '--max-fps': 'It bounds the frames that are sampled from a video; a picture has none.',
  '--start-sec': 'It is a time of a video; a picture has none.',
  '--end-sec': 'It is a time of a video; a picture has none.',
};

/** Throws UsageError for an option that is given without what it needs. */
export function checkNeeds<Flag extends string>(
  read: OptionReader<Flag>,
  needs: Needs<Flag>,
  advised: Partial<Record<Flag, string>>,
): void {
  for (const [option, needed] of needs)
    if (read.has(option) && !needed.some(read.has))
      throw new UsageError(`${option} needs ${needed.join(' or ')}. ${advised[option] ?? 'Add it.'}`);
}

function promptOf(read: OptionReader<InputFlag>, words: readonly string[]): string | undefined {
  const [prompt, second] = words;
  if (read.has('--messages')) {
    if (prompt === undefined) return undefined;
    throw new UsageError(
      `--messages stands in place of PROMPT, but there is also ${JSON.stringify(prompt)}. Leave one out.`,
    );
  }
  if (prompt === undefined) {
    const swallowed = read.has('--frames')
      ? ' --frames takes every argument up to the next option: put -- before the PROMPT, or another option between them.'
      : '';
    throw new UsageError(
      `There is no PROMPT. Write the question last, for example: ask --image cat.jpg "Point to the ears."${swallowed}`,
    );
  }
  if (second !== undefined)
    throw new UsageError(
      `There are ${words.length} prompts: ${words.map((word) => JSON.stringify(word)).join(' ')}. Put the question in quotes, and --image or --video before each file.`,
    );
  return prompt;
}

function videoOf(read: OptionReader<InputFlag>): VideoInput | undefined {
  const frames = read.all('--frames');
  const timestamps = read.numbers('--timestamps', { from: 0 });
  if (!timestamps) return read.text('--video');
  if (frames.length !== timestamps.length)
    throw new UsageError(
      `--frames has ${frames.length} pictures and --timestamps ${timestamps.length} times. Give one time for each frame; put -- before the PROMPT if --frames took it.`,
    );
  const at = timestamps.findIndex((time, i) => i > 0 && time <= (timestamps[i - 1] ?? 0));
  if (at > 0)
    throw new UsageError(
      timestamps[at] === timestamps[at - 1]
        ? `--timestamps must ascend, but times ${at} and ${at + 1} are both ${timestamps[at]}. Give each frame a time of its own.`
        : `--timestamps must ascend, got ${timestamps.join(',')}. Sort frames and times.`,
    );
  return { frames, timestamps };
}

function spanOf(read: OptionReader<InputFlag>): { startSec: number | undefined; endSec: number | undefined } {
  const startSec = read.number('--start-sec', { from: 0 });
  const endSec = read.number('--end-sec', { above: 0 });
  if (endSec !== undefined && endSec <= (startSec ?? 0))
    throw new UsageError(
      `--end-sec must be greater than --start-sec (${startSec ?? 0}), got ${endSec}. Write both in seconds of the video.`,
    );
  return { startSec, endSec };
}

function pointOf(read: OptionReader<InputFlag>): AskInput['point'] {
  const values = read.numbers('--point', { from: 0 });
  if (!values) return undefined;
  const [timeSec, x, y] = values;
  if (timeSec === undefined || x === undefined || y === undefined || values.length !== 3)
    throw new UsageError(
      `--point must be timeSec,x,y (seconds and pixels of the video), got ${values.length} numbers. Write for example --point 0.5,120,80.`,
    );
  return { timeSec, x, y };
}

/** The number format of keys and values. */
export function kvOf(read: OptionReader<InputFlag>): AskOptions['kv'] {
  const kv = read.text('--kv');
  if (kv === undefined || kv === 'f32' || kv === 'f16' || kv === 'int8') return kv;
  throw new UsageError(
    `--kv must be f32, f16 or int8, got "${kv}". Leave it out for the model's usual format.`,
  );
}
