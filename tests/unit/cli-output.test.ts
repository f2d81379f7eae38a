import { EventEmitter } from 'node:events';
import { constants } from 'node:os';
import { describe, expect, test } from 'vitest';
import { answerJson } from '../../cli/answer-json.ts';
import { failureOf, inFlags, UsageError, WriteError } from '../../cli/failure.ts';
import { hubSettings } from '../../cli/hub-settings.ts';
import { progressLine, timingLine } from '../../cli/status-lines.ts';
import { openTerminal } from '../../cli/terminal.ts';
import { waitNotes } from '../../cli/wait-notes.ts';
import { safetensorsParts } from '../../cli/write-safetensors.ts';
import type { Answer, ModelInfo } from '../../src/index.ts';
import { Molmo2Error } from '../../src/index.ts';
import { readSafetensors } from '../safetensors.ts';

const answer: Answer = {
  text: 'A "b"\n',
  tokenIds: [1, 2],
  finishReason: 'stop',
  points: [
    { label: 'cat', id: null, y: 2.1, x: 1 / 3, image: 2 },
    { timeSec: 0.5, label: 'dog', id: 4, y: 0, x: 9 },
  ],
  tracks: [{ points: [{ y: 2, x: 1, timeSec: 0.1 + 0.2 }], label: '', id: 1 }],
  count: null,
  usage: { promptTokens: 10, visionTokens: 3, visionCrops: 1, newTokens: 2 },
  timings: { loadMs: 1, mediaMs: 2, visionMs: 3, prefillMs: 4, decodeMs: 500, totalMs: 12_345 },
};

describe('answerJson', () => {
  test('has the promised fields, in order, on one line, and rounds nothing', () => {
    expect(answerJson(answer)).toBe(
      '{"text":"A \\"b\\"\\n","tokenIds":[1,2],"finishReason":"stop",' +
        '"points":[{"x":0.3333333333333333,"y":2.1,"id":null,"label":"cat","image":2},' +
        '{"x":9,"y":0,"id":4,"label":"dog","timeSec":0.5}],' +
        '"tracks":[{"id":1,"label":"","points":[{"timeSec":0.30000000000000004,"x":1,"y":2}]}],"count":null,' +
        '"usage":{"promptTokens":10,"visionTokens":3,"newTokens":2},' +
        '"timings":{"loadMs":1,"mediaMs":2,"visionMs":3,"prefillMs":4,"decodeMs":500,"totalMs":12345}}',
    );
  });
});

describe('failureOf', () => {
  test.each<[string, unknown, string, number]>([
    ['wrong usage', new UsageError('Write more.'), 'usage: Write more.', 2],
    ['an error of the engine', new Molmo2Error('no-webgpu', 'None.\n Get one.'), 'no-webgpu: None. Get one.', 1],
    ['a file', new WriteError('o.png', new Error('no space')), 'not-written: o.png could not be written: no space.', 1],
    ['an option refused late', new RangeError('options.trace.positions must be ascending, got 9.'), 'usage: --trace-positions must be ascending, got 9.', 2],
    ['an option of the question', new RangeError('"maxFps" must be above 0, got 0.'), 'usage: --max-fps must be above 0, got 0.', 2],
    ['a bug', new TypeError("Cannot read properties of undefined (reading 'x')"), "internal: Cannot read properties of undefined (reading 'x') (set DEBUG=1 to see where)", 1],
    ['another bug', new RangeError('Invalid typed array length: -1'), 'internal: Invalid typed array length: -1', 1],
    ['something that is no error', 'lost', 'internal: lost', 1],
  ])('tells of %s in one line', (_, error, line, status) => {
    const failure = failureOf(error);
    expect(failure.line).toContain(line);
    expect(failure.line).not.toContain('\n');
    expect(failure.status).toBe(status);
  }); // prettier-ignore

  test('names options as the command line spells them', () => {
    const error = new Molmo2Error(
      'context-full',
      'Ask about fewer frames (maxFrames), fewer crops (maxCrops).',
    );
    expect(failureOf(error).line).toContain('fewer frames (--max-frames), fewer crops (--max-crops).');
  });
});

test.each([
  ['set hub: { token } to a token that may read it.', 'set HF_TOKEN to a token that may read it.'],
  ['options.hub.endpoint must be an address.', 'HF_ENDPOINT must be an address.'],
  ['options.hub.token has characters.', 'HF_TOKEN has characters.'],
  [
    'The video (a.png) is a picture (PNG), not a video. Videos in MP4, MOV, WebM and MKV work.',
    'The video (a.png) is a picture (PNG), not a video. Name it with --image.',
  ],
])('"%s" is said in the words of the command line', (message, words) => {
  expect(inFlags(message)).toBe(words);
});

test('the hub comes from the environment, for every command alike', () => {
  expect(hubSettings({})).toEqual({});
  expect(hubSettings({ HF_ENDPOINT: '', HF_TOKEN: ' ' })).toEqual({});
  expect(hubSettings({ HF_ENDPOINT: 'http://h ', HF_TOKEN: 'abc\n' })).toEqual({
    endpoint: 'http://h',
    token: 'abc',
  });
});

test('a wait is told once, however many connections wait', () => {
  const notes: string[] = [];
  const tell = waitNotes({ note: (line) => notes.push(line) });
  tell('The hub answered 429; asking again in 7 s.');
  tell('The hub answered 429; asking again in 7 s.');
  tell('The hub answered 503; asking again in 9 s.');
  expect(notes).toEqual([
    'note: The hub answered 429; asking again in 7 s.',
    'note: The hub answered 503; asking again in 9 s.',
  ]);
});

/** A stream that keeps what is written. */
function kept(isTTY: boolean) {
  const written: string[] = [];
  const stream = Object.assign(new EventEmitter(), {
    isTTY,
    write(text: string, done?: () => void) {
      written.push(text);
      done?.();
      return true;
    },
  });
  return { stream: stream as never, written: () => written.join('') };
}

describe('openTerminal', () => {
  test('progress is for people: nothing of it reaches a file', async () => {
    const [out, err] = [kept(false), kept(false)];
    const terminal = openTerminal(out.stream, err.stream);
    terminal.progress('Looking');
    terminal.print('yes\n');
    terminal.note('took 1 s');
    await terminal.flush();
    expect(out.written()).toBe('yes\n');
    expect(err.written()).toBe('took 1 s\n');
  });

  test('progress is erased before the answer begins and stays away while it stands mid-line', () => {
    const [out, err] = [kept(true), kept(true)];
    const terminal = openTerminal(out.stream, err.stream);
    terminal.progress('Looking');
    terminal.print('yes');
    terminal.progress('Answering');
    expect(err.written()).toBe('\r\u001b[2KLooking\r\u001b[2K');
  });

  test('an error in the middle of an answer begins on a line of its own', () => {
    const [out, err] = [kept(false), kept(false)];
    const terminal = openTerminal(out.stream, err.stream);
    terminal.print('half an');
    terminal.note('device-lost: gone.');
    expect(out.written()).toBe('half an\n');
    expect(err.written()).toBe('device-lost: gone.\n');
  });
});

describe('standard output that takes no more', () => {
  const failing = (error: object) => {
    const [out, err] = [kept(false), kept(false)];
    const terminal = openTerminal(out.stream, err.stream);
    terminal.print('half an');
    (out.stream as EventEmitter).emit('error', Object.assign(new Error('write'), error));
    return { out, err, terminal };
  };

  test.each([
    [{ code: 'ENOSPC', errno: -constants.errno.ENOSPC }, 'ENOSPC: no space left on device'],
    [{ code: 'EPIPE', errno: -constants.errno.EPIPE }, 'EPIPE: broken pipe'],
    [{ code: 'EIO', errno: -constants.errno.EIO }, 'EIO: i/o error'],
    [{ code: 'EBADF', errno: -constants.errno.EBADF }, 'EBADF: bad file descriptor'],
    [{ message: 'gone' }, 'gone'],
  ])('%o is one line and status 1', (error, words) => {
    const { terminal } = failing(error);
    expect(terminal.broken.aborted).toBe(true);
    expect(failureOf(terminal.broken.reason)).toEqual({
      line: `not-written: standard output could not be written: ${words}.`,
      status: 1,
    });
  });

  test('nothing more is sent there, and the line still comes', async () => {
    const { out, err, terminal } = failing({});
    terminal.print(' answer');
    terminal.note('why');
    await terminal.flush();
    expect(out.written()).toBe('half an');
    expect(err.written()).toBe('why\n');
  });

  test('standard error that takes no more changes nothing', () => {
    const [out, err] = [kept(false), kept(false)];
    const terminal = openTerminal(out.stream, err.stream);
    (err.stream as EventEmitter).emit('error', new Error('full'));
    terminal.print('yes');
    expect(terminal.broken.aborted).toBe(false);
    expect(out.written()).toBe('yes');
  });
});

describe('status lines', () => {
  test('progress counts in the unit of its stage', () => {
    expect(progressLine({ stage: 'load', done: 1_500_000, total: 4_600_000 })).toBe('Loading the model: 1.5 of 4.6 MB');
    expect(progressLine({ stage: 'decode', done: 3, total: null })).toBe('Answering: 3 tokens');
  }); // prettier-ignore

  test('the last line says who computed, how much and how long', () => {
    const info: ModelInfo = {
      model: 'shapes',
      adapter: { vendor: 'v', architecture: 'a', description: '', isFallbackAdapter: true },
      parameters: 1,
      maxPositions: 1,
      maxFrames: 1,
      maxCrops: 1,
      loadMs: 1,
      tuned: {},
      notices: [],
    };
    expect(timingLine(info, answer)).toBe(
      'shapes on v a (software): 10 + 2 tokens; load 0.00 s, media 0.00 s, vision 0.00 s, prefill 0.00 s, ' +
        'decode 0.50 s (4.0 tokens/s), total 12.3 s',
    );
  });
});

describe('safetensorsParts', () => {
  const tensors = {
    bytes: { shape: [3], data: Uint8Array.of(1, 2, 255) },
    floats: { shape: [2, 2], data: Float32Array.of(1.5, -2, Infinity, 4) },
    ids: { shape: [2], data: new Int32Array([9, 7, -1, 9]).subarray(1, 3) },
    none: { shape: [0, 5], data: new Float32Array() },
  };
  const file = Buffer.concat(safetensorsParts(tensors));

  test('another reader finds the same tensors', () => {
    const found = readSafetensors(file);
    expect(found.size).toBe(4);
    for (const [name, { shape, data }] of Object.entries(tensors)) {
      expect(found.get(name)?.shape, name).toEqual(shape);
      expect(found.get(name)?.data, name).toEqual(data.slice());
    }
  });

  test('data begins at a multiple of eight bytes and every tensor at a multiple of its element', () => {
    const headerBytes = Number(file.readBigUInt64LE(0));
    expect(headerBytes % 8).toBe(0);
    const header = JSON.parse(file.toString('utf8', 8, 8 + headerBytes)) as Record<
      string,
      { dtype: string; data_offsets: [number, number] }
    >;
    for (const { dtype, data_offsets } of Object.values(header))
      expect(data_offsets[0] % (dtype === 'U8' ? 1 : 4)).toBe(0);
    const ends = Object.values(header).map(({ data_offsets }) => data_offsets[1]);
    expect(8 + headerBytes + Math.max(...ends)).toBe(file.length);
  });
});
