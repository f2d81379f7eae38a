// The arguments of `ask` -> what to load, what to ask and what to write. Pure; refuses what makes no sense.

import type { AskInput, AskOptions, TraceOptions, VideoInput } from '../src/index.ts';
import { parseArguments, type Takes } from './arguments.ts';
import { UsageError } from './failure.ts';
import { optionReader, type OptionReader } from './option-reader.ts';

export interface AskRun {
  readonly model: string;
  /** Without subtitles and messages, whose files are still to be read. */
  readonly input: AskInput;
  readonly options: Omit<AskOptions, 'signal'>;
  readonly subtitlesFile: string | null;
  readonly messagesFile: string | null;
  readonly json: boolean;
  readonly overlayFile: string | null;
  readonly traceFile: string | null;
}

const accepted = {
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
  '--max-new-tokens': 'one',
  '--temperature': 'one',
  '--top-k': 'one',
  '--top-p': 'one',
  '--min-p': 'one',
  '--seed': 'one',
  '--repetition-penalty': 'one',
  '--frequency-penalty': 'one',
  '--presence-penalty': 'one',
  '--logit-bias': 'one',
  '--stop': 'repeat',
  '--logprobs': 'one',
  '--kv': 'one',
  '--json': 'none',
  '--overlay': 'one',
  '--trace': 'one',
  '--trace-positions': 'one',
  '--force-ids': 'one',
} as const satisfies Record<string, Takes>;

export type AskFlag = keyof typeof accepted;

const aliases = { '--start': '--start-sec', '--end': '--end-sec' };

/** The same object without the values that were not given. */
function given<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

/** Reads the arguments behind `ask`. Throws UsageError, which says what is wrong and what to write. */
export function askOptions(args: readonly string[]): AskRun {
  const { options, words } = parseArguments(args, accepted, aliases);
  const read = optionReader<AskFlag>(options);
  checkTogether(read);
  const messagesFile = read.text('--messages') ?? null;
  const prompt = promptOf(read, words);
  const video = videoOf(read);
  const images = read.all('--image');
  return {
    model: read.text('--model') ?? 'shapes',
    input: {
      ...given({
        prompt,
        video,
        images: images.length > 0 ? images : undefined,
        style: read.text('--style'),
        ...spanOf(read),
        maxFrames: read.number('--max-frames', { integer: true, from: 2 }),
        maxFps: read.number('--max-fps', { above: 0 }),
        maxCrops: read.number('--max-crops', { integer: true, from: 1, to: 24 }),
        point: pointOf(read),
      }),
    },
    options: {
      ...given({
        maxNewTokens: read.number('--max-new-tokens', { integer: true, from: 1 }),
        temperature: read.number('--temperature', { from: 0 }),
        topK: read.number('--top-k', { integer: true, from: 1 }),
        topP: read.number('--top-p', { above: 0, to: 1 }),
        minP: read.number('--min-p', { from: 0, to: 1 }),
        seed: read.number('--seed', { integer: true }),
        repetitionPenalty: read.number('--repetition-penalty', { above: 0 }),
        frequencyPenalty: read.number('--frequency-penalty', { from: -2, to: 2 }),
        presencePenalty: read.number('--presence-penalty', { from: -2, to: 2 }),
        logitBias: logitBiasOf(read),
        stop: read.has('--stop') ? read.all('--stop') : undefined,
        logprobs: read.number('--logprobs', { integer: true, from: 0, to: 20 }),
        kv: kvOf(read),
        trace: traceOf(read),
      }),
    },
    subtitlesFile: read.text('--subtitles') ?? null,
    messagesFile,
    json: read.has('--json'),
    overlayFile: read.text('--overlay') ?? null,
    traceFile: read.text('--trace') ?? null,
  };
}

const exclusive: readonly (readonly [AskFlag, AskFlag, string])[] = [
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
const dependent: readonly (readonly [AskFlag, readonly AskFlag[]])[] = [
  ['--frames', ['--timestamps']],
  ['--timestamps', ['--frames']],
  ['--subtitles', ['--video', '--frames']],
  ['--point', ['--video', '--frames']],
  ['--max-crops', ['--image']],
  ['--max-frames', ['--video']],
  ['--max-fps', ['--video']],
  ['--start-sec', ['--video']],
  ['--end-sec', ['--video']],
  ['--overlay', ['--image', '--video', '--frames']],
  ['--logprobs', ['--json']],
  ['--trace-positions', ['--trace']],
  ['--force-ids', ['--trace']],
];

function checkTogether(read: OptionReader<AskFlag>): void {
  for (const [a, b, advice] of exclusive)
    if (read.has(a) && read.has(b)) throw new UsageError(`${a} and ${b} exclude each other. ${advice}`);
  for (const [option, needed] of dependent)
    if (read.has(option) && !needed.some(read.has))
      throw new UsageError(`${option} needs ${needed.join(' or ')}. ${advice[option] ?? 'Add it.'}`);
}

const advice: Partial<Record<AskFlag, string>> = {
  '--frames': 'Write the time of each frame in seconds, for example --timestamps 0,0.5,1.',
  '--timestamps': 'Write the frames they belong to, for example --frames 0.png 1.png.',
  '--max-crops': 'Frames of a video are not cut into crops.',
  '--max-frames': 'It bounds the frames that are sampled from a video; a picture has none.',
  '--max-fps': 'It bounds the frames that are sampled from a video; a picture has none.',
  '--start-sec': 'It is a time of a video; a picture has none.',
  '--end-sec': 'It is a time of a video; a picture has none.',
  '--overlay': 'Without a picture there is nothing to draw on.',
  '--logprobs': 'They are a part of the JSON object; the text has no place for them.',
  '--trace-positions': 'Write the file that the tensors go to, for example --trace run.safetensors.',
  '--force-ids': 'Write the file that the tensors go to, for example --trace run.safetensors.',
};

function promptOf(read: OptionReader<AskFlag>, words: readonly string[]): string | undefined {
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

function videoOf(read: OptionReader<AskFlag>): VideoInput | undefined {
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

function spanOf(read: OptionReader<AskFlag>): { startSec: number | undefined; endSec: number | undefined } {
  const startSec = read.number('--start-sec', { from: 0 });
  const endSec = read.number('--end-sec', { above: 0 });
  if (endSec !== undefined && endSec <= (startSec ?? 0))
    throw new UsageError(
      `--end-sec must be greater than --start-sec (${startSec ?? 0}), got ${endSec}. Write both in seconds of the video.`,
    );
  return { startSec, endSec };
}

function pointOf(read: OptionReader<AskFlag>): AskInput['point'] {
  const values = read.numbers('--point', { from: 0 });
  if (!values) return undefined;
  const [timeSec, x, y] = values;
  if (timeSec === undefined || x === undefined || y === undefined || values.length !== 3)
    throw new UsageError(
      `--point must be timeSec,x,y (seconds and pixels of the video), got ${values.length} numbers. Write for example --point 0.5,120,80.`,
    );
  return { timeSec, x, y };
}

function kvOf(read: OptionReader<AskFlag>): AskOptions['kv'] {
  const kv = read.text('--kv');
  if (kv === undefined || kv === 'f32' || kv === 'f16' || kv === 'int8') return kv;
  throw new UsageError(
    `--kv must be f32, f16 or int8, got "${kv}". Leave it out for the model's usual format.`,
  );
}

function logitBiasOf(read: OptionReader<AskFlag>): AskOptions['logitBias'] {
  const pairs = read.text('--logit-bias')?.split(',');
  if (!pairs) return undefined;
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, id, bias] = /^\s*(\d+)\s*:\s*([+-]?(?:\d+\.?\d*|\.\d+))\s*$/.exec(pair) ?? [];
      if (id !== undefined && Math.abs(Number(bias)) <= 100) return [Number(id), Number(bias)];
      throw new UsageError(
        `--logit-bias must be pairs of a token id and a number from -100 to 100, such as 42:-100,7:2.5; got "${pair.trim()}".`,
      );
    }),
  );
}

function traceOf(read: OptionReader<AskFlag>): TraceOptions | undefined {
  if (!read.has('--trace')) return undefined;
  const positions = read.numbers('--trace-positions', { integer: true, from: 0 });
  if (positions?.some((at, i) => i > 0 && at <= (positions[i - 1] ?? 0)))
    throw new UsageError(`--trace-positions must ascend, got ${positions.join(',')}. Sort them.`);
  return given({ positions, forceIds: read.numbers('--force-ids', { integer: true, from: 0 }) });
}
