import { describe, expect, test } from 'vitest';
import { askHelp } from '../../cli/ask-help.ts';
import { askOptions } from '../../cli/ask-options.ts';
import { failureOf, UsageError } from '../../cli/failure.ts';
import { styleNotice } from '../../cli/style-notice.ts';

const question = ['--image', 'a.png', 'Where?'];

test.each<[string, RegExp | null]>([
  ['pointing', null],
  ['vqa2', null],
  ['video_point_ground_start_end', null],
  ['nope', /^--style nope is no style .+ begins with "nope: "\.$/],
  ['pointng', /Did you mean pointing\?$/],
  ['Video Point', /Did you mean video_point\?$/],
  ['vqa', /Did you mean vqa2\?$/],
])('what is said about the style %s', (style, words) => {
  if (words) expect(styleNotice(style)).toMatch(words);
  else expect(styleNotice(style)).toBe(null);
});

describe('askOptions', () => {
  test('a prompt alone asks the embedded model greedily', () => {
    expect(askOptions(['Hello?'])).toEqual({
      model: 'shapes',
      input: { prompt: 'Hello?' },
      options: {},
      subtitlesFile: null,
      messagesFile: null,
      expect: null,
      json: false,
      plan: false,
      walk: null,
      overlayFile: null,
      traceFile: null,
    });
  });

  test('every option of an image question arrives where it belongs', () => {
    const args = ['--model', 'dir', '--image', 'a.png', '--image=b.png', '--max-crops', '24', '--style', 'pointing',
      '--max-new-tokens', '7', '--temperature', '0.5', '--top-k', '3', '--top-p', '.9', '--seed', '-4', '--kv', 'f32',
      '--min-p', '0.1', '--repetition-penalty', '1.1', '--frequency-penalty', '0.5', '--presence-penalty=-1', '--stop', 'END',
      '--stop', '.', '--logprobs', '2', '--logit-bias', '7:-100, 12:2.5',
      '--json', '--overlay', 'o.png', '--trace', 't.safetensors', '--trace-positions', '0,1,5', '--force-ids', '9, 8',
      'Where?']; // prettier-ignore
    expect(askOptions(args)).toEqual({
      model: 'dir',
      input: { prompt: 'Where?', images: ['a.png', 'b.png'], maxCrops: 24, style: 'pointing' },
      options: {
        maxNewTokens: 7,
        temperature: 0.5,
        topK: 3,
        topP: 0.9,
        seed: -4,
        kv: 'f32',
        minP: 0.1,
        repetitionPenalty: 1.1,
        frequencyPenalty: 0.5,
        presencePenalty: -1,
        stop: ['END', '.'],
        logprobs: 2,
        logitBias: { 7: -100, 12: 2.5 },
        trace: { positions: [0, 1, 5], forceIds: [9, 8] },
      },
      subtitlesFile: null,
      messagesFile: null,
      expect: null,
      json: true,
      plan: false,
      walk: null,
      overlayFile: 'o.png',
      traceFile: 't.safetensors',
    });
  });

  test('every option of a video question arrives where it belongs', () => {
    const args = ['--video', 'v.mp4', '--subtitles', 's.vtt', '--max-frames', '8', '--max-fps', '0.5', '--start', '1.5',
      '--end-sec', '4', '--point', '2,10,20.5', 'the dog']; // prettier-ignore
    const { input, subtitlesFile } = askOptions(args);
    expect(subtitlesFile).toBe('s.vtt');
    expect(input).toEqual({
      prompt: 'the dog',
      video: 'v.mp4',
      maxFrames: 8,
      maxFps: 0.5,
      startSec: 1.5,
      endSec: 4,
      point: { timeSec: 2, x: 10, y: 20.5 },
    });
  });

  test('a long video is walked in windows', () => {
    const run = askOptions(['--window', '60', '--overlap', '10', '--video', 'v.mp4', 'Where?']);
    expect(run.walk).toEqual({ windowSec: 60, overlapSec: 10 });
    expect(askOptions(['--window', '60', '--video', 'v.mp4', 'Where?']).walk).toEqual({ windowSec: 60 });
  });

  test('a plan may be of a question that must fit as it is', () => {
    const run = askOptions(['--plan', '--fit', 'exact', '--json', ...question]);
    expect(run).toMatchObject({ plan: true, json: true, options: { fit: 'exact' } });
  });

  test('frames come with their times', () => {
    const { input } = askOptions(['--frames', '0.png', '1.png', '--timestamps', '0,0.5', 'Track it.']);
    expect(input).toEqual({
      prompt: 'Track it.',
      video: { frames: ['0.png', '1.png'], timestamps: [0, 0.5] },
    });
  });

  test('a conversation stands in place of the prompt', () => {
    const run = askOptions(['--messages', 'm.json', '--image', 'a.png']);
    expect(run.messagesFile).toBe('m.json');
    expect(run.input).toEqual({ images: ['a.png'] });
  });

  test('an empty prompt is for the model to refuse, not for the parser', () => {
    expect(askOptions(['']).input.prompt).toBe('');
  });

  test.each<[string, string[], string]>([
    ['no prompt', ['--image', 'a.png'], 'There is no PROMPT. Write the question last'],
    ['frames that took the prompt', ['--timestamps', '0', '--frames', 'a.png', 'Where?'], 'put -- before the PROMPT'],
    ['two prompts', ['Where', 'now?'], 'There are 2 prompts: "Where" "now?". Put the question in quotes'],
    ['prompt and messages', ['--messages', 'm.json', 'Where?'], '--messages stands in place of PROMPT'],
    ['image and video', ['--video', 'v.mp4', ...question], '--image and --video exclude each other'],
    ['image and frames', ['--frames', 'f.png', '--timestamps', '0', ...question], '--image and --frames exclude'],
    ['a fit that is none', ['--fit', 'more', ...question], '--fit must be less or exact, got "more"'],
    ['windows of a picture', ['--window', '3', ...question], '--window needs --video or --frames'],
    ['windows with a trace', ['--window', '3', '--trace', 't', '--video', 'v', 'q'], '--window and --trace exclude each other'],
    ['an overlap of nothing', ['--overlap', '3', '--video', 'v', 'q'], '--overlap needs --window'],
    ['a plan and a trace', ['--plan', '--trace', 't', ...question], '--plan and --trace exclude each other'],
    ['video and frames', ['--video', 'v.mp4', '--frames', 'f.png', '--timestamps', '0', 'q'], '--video and --frames exclude'],
    ['messages and style', ['--messages', 'm.json', '--style', 'x'], '--messages and --style exclude'],
    ['frames without times', ['--frames', 'f.png', '--', 'q'], '--frames needs --timestamps. Write the time of each frame'],
    ['times without frames', ['--timestamps', '0', 'q'], '--timestamps needs --frames.'],
    ['more frames than times', ['--frames', 'f.png', 'g.png', '--timestamps', '0', 'q'], '--frames has 2 pictures and --timestamps 1 times'],
    ['times that fall', ['--frames', 'f.png', 'g.png', '--timestamps', '1,0.5', 'q'], '--timestamps must ascend, got 1,0.5'],
    ['a time that is no number', ['--frames', 'f.png', '--timestamps', '0s', 'q'], 'number 1 is "0s"'],
    ['a trailing comma', ['--frames', 'f.png', '--timestamps', '0,', 'q'], 'number 2 is ""'],
    ['subtitles without a video', ['--subtitles', 's.vtt', ...question], '--subtitles needs --video or --frames'],
    ['a point without a video', ['--point', '0,1,2', ...question], '--point needs --video or --frames'],
    ['a point of two numbers', ['--video', 'v.mp4', '--point', '1,2', 'q'], '--point must be timeSec,x,y'],
    ['an overlay of nothing', ['--overlay', 'o.png', 'q'], '--overlay needs --image or --video or --frames'],
    ['positions without a trace', ['--trace-positions', '0', 'q'], '--trace-positions needs --trace'],
    ['forced ids without a trace', ['--force-ids', '0', 'q'], '--force-ids needs --trace'],
    ['positions that fall', ['--trace', 't', '--trace-positions', '3,3', 'q'], '--trace-positions must ascend'],
    ['an id that is no integer', ['--trace', 't', '--force-ids', '3.5', 'q'], 'number 1 is "3.5"'],
    ['no crops', ['--max-crops', '0', ...question], '--max-crops must be an integer from 1 to 24, got "0"'],
    ['too many crops', ['--max-crops', '25', ...question], '--max-crops must be an integer from 1 to 24'],
    ['one frame', ['--max-frames', '1', '--video', 'v', 'q'], '--max-frames must be an integer of 2 or more'],
    ['no frames a second', ['--max-fps', '0', '--video', 'v', 'q'], '--max-fps must be a number above 0'],
    ['a hexadecimal number', ['--max-new-tokens', '0x10', 'q'], '--max-new-tokens must be an integer of 1 or more, got "0x10"'],
    ['a negative temperature', ['--temperature', '-1', 'q'], '--temperature must be a number of 0 or more'],
    ['a share above 1', ['--top-p', '1.5', 'q'], '--top-p must be a number above 0 and at most 1'],
    ['a seed that is a word', ['--seed', 'x', 'q'], '--seed must be an integer, got "x"'],
    ['infinity', ['--temperature', 'Infinity', 'q'], '--temperature must be a number'],
    ['times that stand still', ['--frames', 'f.png', 'g.png', '--timestamps', '0,0', 'q'], '--timestamps must ascend, but times 1 and 2 are both 0'],
    ['a time that comes again', ['--frames', 'f', 'g', 'h', '--timestamps', '0,1.5,1.50', 'q'], 'times 2 and 3 are both 1.5'],
    ['frames of a picture', ['--max-frames', '8', ...question], '--max-frames needs --video. It bounds the frames'],
    ['a rate of a picture', ['--max-fps', '1', ...question], '--max-fps needs --video'],
    ['the start of a picture', ['--start', '1', ...question], '--start-sec needs --video'],
    ['the end of a picture', ['--end-sec', '1', ...question], '--end-sec needs --video'],
    ['fewer frames than those listed', ['--max-frames', '2', '--frames', 'f', '--timestamps', '0', 'q'], '--frames and --max-frames exclude each other. A list of frames is taken whole'],
    ['crops of a video', ['--max-crops', '4', '--video', 'v.mp4', 'q'], '--max-crops needs --image. Frames of a video are not cut'],
    ['an end before the start', ['--video', 'v.mp4', '--start', '3', '--end', '2', 'q'], '--end-sec must be greater than --start-sec (3), got 2'],
    ['log probabilities of a text', ['--logprobs', '2', 'q'], '--logprobs needs --json. They are a part of the JSON object'],
    ['too many alternatives', ['--json', '--logprobs', '21', 'q'], '--logprobs must be an integer from 0 to 20'],
    ['a share of the likeliest above 1', ['--min-p', '2', 'q'], '--min-p must be a number from 0 to 1'],
    ['a penalty of nothing', ['--repetition-penalty', '0', 'q'], '--repetition-penalty must be a number above 0'],
    ['a penalty that is too large', ['--frequency-penalty', '3', 'q'], '--frequency-penalty must be a number from -2 to 2'],
    ['a bias without an id', ['--logit-bias', '5', 'q'], '--logit-bias must be pairs of a token id and a number from -100 to 100'],
    ['a bias that is too large', ['--logit-bias', '5:1,6:101', 'q'], 'got "6:101"'],
    ['an expectation that is none', ['--expect', 'point', 'q'], '--expect must be points, tracks, count, yes-no, choices:A,B,..., regexp:PATTERN or schema:FILE.json; got "point".'],
    ['choices of nothing', ['--expect', 'choices:', 'q'], 'got "choices:"'],
    ['a pattern that is none', ['--expect', 'regexp:(', 'q'], '--expect regexp:( is no regular expression'],
    ['ids that are not chosen', ['--expect', 'points', '--trace', 't', '--force-ids', '1', 'q'], '--expect and --force-ids exclude each other'],
    ['a format that does not exist', ['--kv', 'int4', 'q'], '--kv must be f32, f16 or int8'],
  ])('refuses %s', (_, args, message) => {
    expect(() => askOptions(args)).toThrow(UsageError);
    expect(() => askOptions(args)).toThrow(message);
  }); // prettier-ignore

  test.each<[string, unknown]>([
    ['tracks', 'tracks'],
    ['choices:left,right hand', { choices: ['left', 'right hand'] }],
    ['regexp:\\d+(?::\\d+)?', { regExp: /\d+(?::\d+)?/u }],
    ['schema:a:b.json', { schemaFile: 'a:b.json' }],
  ])('--expect %s', (text, expected) => {
    expect(askOptions(['--expect', text, 'q']).expect).toEqual(expected);
  });

  test('an expectation that cannot be is wrong usage, in the words of the command line', () => {
    const failed = (text: string) => {
      try {
        return askOptions(['--expect', text, 'q']);
      } catch (error) {
        return failureOf(error);
      }
    };
    expect(failed('regexp:a(?=b)')).toEqual({
      line: 'usage: --expect has a lookahead, "(?=" at character 2 of /a(?=b)/, which is not supported. Only what can be decided character by character is.',
      status: 2,
    });
    expect(failed('choices:a,,b')).toMatchObject({ line: expect.stringContaining('--expect must be texts'), status: 2 });
  }); // prettier-ignore

  test('the help names every option, and only options that exist', () => {
    const named = new Set([...askHelp.matchAll(/--[a-z][a-z-]*/g)].map(([flag]) => flag));
    for (const flag of named) {
      const known = (() => {
        try {
          return askOptions([`${flag}=1`, 'q']);
        } catch (error) {
          return (error as Error).message;
        }
      })();
      expect(known, flag).not.toContain('Unknown option');
    }
    expect([...named].sort()).toEqual([
      '--end-sec', '--expect', '--fit', '--force-ids', '--frames', '--frequency-penalty', '--image', '--json', '--kv', '--logit-bias', '--logprobs',
      '--max-crops', '--max-fps', '--max-frames', '--max-new-tokens', '--messages', '--min-p', '--model', '--overlap', '--overlay', '--plan', '--point',
      '--presence-penalty', '--repetition-penalty', '--seed', '--start-sec', '--stop', '--style', '--subtitles', '--temperature', '--timestamps', '--top-k', '--top-p', '--trace', '--trace-positions', '--video', '--window',
    ]); // prettier-ignore
  });
});
