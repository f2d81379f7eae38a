// The real program, started for each question, on Dawn.

import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { markColors } from '../../cli/sheet-marks.ts';
import type { Answer } from '../../src/index.ts';
import { version } from '../../package.json';
import { readSafetensors, type LoadedTensor } from '../safetensors.ts';
import { runCli, type CliRun } from './run-cli.ts';
import { questionLike, sampleLike, type SampleEntry, type WantedQuestion } from '../sample-questions.ts';

interface GoldenCase {
  readonly name: string;
  readonly messages: readonly { readonly content: string | readonly { readonly text?: string }[] }[];
  readonly media: readonly string[];
  readonly positions: readonly number[];
  readonly generated: readonly number[];
  readonly tensors: string;
}

const samples = resolve('tests/fixtures/samples');
const golden = resolve('tests/fixtures/golden');
const media = resolve('tests/fixtures/media');
const sampleIndex = JSON.parse(readFileSync(join(samples, 'index.json'), 'utf8')) as SampleEntry[];
const { cases } = JSON.parse(readFileSync(join(golden, 'index.json'), 'utf8')) as { cases: GoldenCase[] };

let folder: string;
const at = (file: string) => join(folder, file);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'molmo2-cli-'));
  // Joins the program once, so that runs side by side find it ready.
  expect((await runCli(['--version'])).stdout).toBe(`${version}\n`);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const sample = (wanted: WantedQuestion) => questionLike(sampleIndex, wanted);
const small = sampleLike(sampleIndex, { form: 'one crop' }).media[0]!;
const clip = sampleLike(sampleIndex, { kind: 'video', file: '.mp4' });

/** Where the first place of an answer is, as shares of the picture. */
function firstPlace(answer: string): readonly [x: number, y: number] {
  const [, x = NaN, y = NaN] = (/coords="\S+ \S+ (\d+) (\d+)/.exec(answer) ?? []).map(Number);
  return [x / 1000, y / 1000];
}

/** The run failed as it should: its status, nothing on standard output, and one line that begins with `code`. */
function expectFailure({ status, stdout, stderr }: CliRun, code: string, expectedStatus = 1): string {
  const line = stderr.at(-1) ?? '';
  expect({ status, stdout, code: line.split(':')[0] }).toEqual({ status: expectedStatus, stdout: '', code });
  expect(stderr.filter((one) => /^[a-z-]+: /.test(one) && !one.startsWith('error: '))).toEqual([line]);
  return line;
}

describe('answers', () => {
  test('a picture named from the folder the user stands in is answered as text, with the points drawn', async () => {
    const { sample: shown, question, answer } = sample({ form: 'one crop', says: 'count' });
    const args = ['ask', '--image', shown.media[0]!, '--overlay', at('dots.png'), question];
    const { status, stdout, stderr } = await runCli(args, { from: samples });
    expect({ status, stdout }).toEqual({ status: 0, stdout: `${answer}\n` });
    expect(stderr.at(-1)).toMatch(/^shapes on .+: \d+ \+ \d+ tokens; load .+ total .+ s$/);
    const { data, info } = await sharp(at('dots.png')).raw().toBuffer({ resolveWithObject: true });
    expect(info).toMatchObject({ width: 168, height: 168, channels: 3 });
    const [x, y] = firstPlace(answer).map((share) => Math.round(share * 168)) as [number, number];
    const offset = (y * 168 + x) * 3;
    expect(`#${data.toString('hex', offset, offset + 3)}`).toBe(markColors[0]);
  });

  test('frames of a video are answered as one line of JSON and nothing else', async () => {
    const wanted = { kind: 'video', form: 'several crops', says: 'tracks', places: 7 } as const;
    const { sample: shown, question, answer } = sample(wanted);
    const { frames, timestamps } = shown;
    const files = frames!.map((file) => join(samples, file));
    const { status, stdout } = await runCli(['ask', '--json', '--frames', ...files, '--timestamps', timestamps!.join(),
      '--overlay', at('sheet.png'), question]); // prettier-ignore
    expect(status).toBe(0);
    expect(stdout.endsWith('}\n') && stdout.trimEnd().split('\n').length).toBe(1);
    const result = JSON.parse(stdout) as Answer;
    expect(Object.keys(result)).toEqual(['text', 'tokenIds', 'finishReason', 'points', 'tracks', 'count', 'usage', 'timings']); // prettier-ignore
    expect(result).toMatchObject({ text: answer, finishReason: 'stop', points: [] });
    expect(result.usage.newTokens).toBe(result.tokenIds.length);
    expect(result.tracks).toHaveLength(1);
    expect(result.tracks[0]).toMatchObject({ id: 1, label: />([^<]+)</.exec(answer)![1] });
    expect(result.tracks[0]!.points.map(({ timeSec }) => timeSec)).toEqual(timestamps);
    const { width } = await sharp(files[0]).metadata();
    expect(result.tracks[0]!.points[0]!.x).toBeCloseTo(firstPlace(answer)[0] * width, 6);
    const sheet = await sharp(at('sheet.png')).metadata();
    expect(sheet.width).toBeGreaterThan(2 * width);
  });

  test('a picture of one pixel is answered', async () => {
    await sharp({ create: { width: 1, height: 1, channels: 3, background: '#f00' } })
      .png()
      .toFile(at('pixel.png'));
    const { status, stdout } = await runCli([
      'ask',
      '--json',
      '--image',
      at('pixel.png'),
      'Caption this image.',
    ]);
    expect(status).toBe(0);
    expect((JSON.parse(stdout) as Answer).text).not.toBe('');
  });

  test('a video of one frame is answered', async () => {
    const [frame] = clip.frames!;
    const args = [
      'ask',
      '--json',
      '--frames',
      join(samples, frame!),
      '--timestamps',
      '0',
      'Track the circle.',
    ];
    const { status, stdout } = await runCli(args);
    expect(status).toBe(0);
    expect((JSON.parse(stdout) as Answer).text).not.toBe('');
  });

  test('a video whose end is missing is answered, and what is missing is told', async () => {
    const whole = readFileSync(join(samples, clip.media[0]!)); // its index is at the front
    writeFileSync(at('half.mp4'), whole.subarray(0, whole.length / 2));
    const { status, stderr } = await runCli(['ask', '--video', at('half.mp4'), '--max-new-tokens', '2', 'q']);
    const isInstalled = spawnSync('ffmpeg', ['-version']).status === 0;
    expect(status, stderr.at(-1)).toBe(isInstalled ? 0 : 1);
    if (isInstalled)
      expect(stderr.join('\n')).toMatch(
        /^note: .*half\.mp4\) is cut off: what follows \d\.\d\d s is missing\. /m,
      );
  });

  test('an interrupt in the middle of an answer ends it with status 130', async () => {
    const { sample: shown, question } = sample({ kind: 'image', form: 'several crops', says: 'points' });
    const file = join(samples, shown.media[0]!);
    let pressed = false;
    const { status, stdout, stderr } = await runCli(
      ['ask', '--image', file, '--trace', at('never.safetensors'), question],
      {
        onOutput(interrupt) {
          if (!pressed) interrupt();
          pressed = true;
        },
      },
    );
    expect(status).toBe(130);
    expect(stdout).not.toBe('');
    expect(stderr.at(-1)).toMatch(/^interrupted: /);
    expect(existsSync(at('never.safetensors'))).toBe(false);
  });
});

/** How far `found` lies from `wanted`: norm of the difference over the norm. */
function distance(found: LoadedTensor | undefined, wanted: LoadedTensor | undefined): number {
  expect(found?.shape).toEqual(wanted?.shape);
  let [difference, norm] = [0, 0];
  wanted?.data.forEach((value, i) => {
    difference += ((found?.data[i] ?? NaN) - value) ** 2;
    norm += value ** 2;
  });
  return Math.sqrt(difference / norm);
}

describe('traces', () => {
  /** Traces a golden case; `words` are how the question is put. */
  async function traced(name: string, checkpoint: string, words: (golden: GoldenCase) => string[]) {
    const golden_ = cases.find((one) => one.name === name)!;
    const out = at(`${name}.safetensors`);
    const args = ['ask', '--model', join(golden, checkpoint), '--trace', out, '--trace-positions', golden_.positions.join(),
      '--force-ids', golden_.generated.join(), ...golden_.media.flatMap((file) => ['--image', join(golden, file)])]; // prettier-ignore
    const { status, stderr } = await runCli([...args, ...words(golden_)]);
    expect(status, stderr.at(-1)).toBe(0);
    const wanted = readSafetensors(readFileSync(join(golden, golden_.tensors)));
    return { found: readSafetensors(readFileSync(out)), wanted, golden: golden_ };
  }

  test('a picture and a prompt give the tensors of the reference', async () => {
    const { found, wanted } = await traced('olmo-image-small', 'checkpoint-olmo', ({ messages }) => {
      const [{ content } = { content: [] }] = messages;
      return [(content[0] as { text: string }).text];
    });
    const ids = cases.find(({ name }) => name === 'olmo-image-small') as unknown as { input_ids: number[] };
    expect([...found.get('input_ids')!.data]).toEqual(ids.input_ids);
    expect(found.get('input_ids')!.dtype).toBe('I32');
    expect(found.get('pooling')).toEqual(wanted.get('pooling'));
    expect(found.get('pixels_u8')!.dtype).toBe('U8');
    expect(distance(found.get('vision_features'), wanted.get('vision_features'))).toBeLessThan(2e-4);
    expect(distance(found.get('logits_at'), wanted.get('logits_at'))).toBeLessThan(2e-4);
    expect(distance(found.get('decode_logits'), wanted.get('decode_logits'))).toBeLessThan(5e-4);
  });

  test('a conversation from a file gives the ids and tensors of the reference', async () => {
    const {
      found,
      wanted,
      golden: text,
    } = await traced('qwen3-text', 'checkpoint-qwen3', ({ messages }) => {
      writeFileSync(at('messages.json'), JSON.stringify(messages));
      return ['--messages', at('messages.json')];
    });
    const { input_ids } = text as unknown as { input_ids: number[] };
    expect([...found.get('input_ids')!.data]).toEqual(input_ids);
    expect(distance(found.get('logits_at'), wanted.get('logits_at'))).toBeLessThan(2e-4);
    expect(distance(found.get('decode_logits'), wanted.get('decode_logits'))).toBeLessThan(5e-4);
  });

  test('no half-written file is left beside a trace', () => {
    expect(readdirSync(folder).filter((file) => file.endsWith('.part'))).toEqual([]);
  });

  test('a position behind the prompt is wrong usage, in the words of the command line', async () => {
    const args = ['--trace', at('far.safetensors'), '--trace-positions', '100000', 'Hello?'];
    const line = expectFailure(await runCli(['ask', ...args]), 'usage', 2);
    expect(line).toContain('--trace-positions');
  });
});

/** A copy of the small checkpoint whose tensor header is changed. */
function damagedCheckpoint(
  name: string,
  change: (header: Record<string, { shape: number[] }>) => void,
): string {
  const copy = at(name);
  cpSync(join(golden, 'checkpoint-olmo'), copy, { recursive: true });
  const file = join(copy, 'model.safetensors');
  const bytes = readFileSync(file);
  const end = 8 + Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, end)) as Record<string, { shape: number[] }>;
  change(header);
  const json = Buffer.from(JSON.stringify(header));
  const head = Buffer.alloc(8);
  head.writeBigUInt64LE(BigInt(json.length));
  writeFileSync(file, Buffer.concat([head, json, bytes.subarray(end)]));
  return copy;
}

describe('failures', () => {
  test.each<[string, string, () => string[], RegExp]>([
    ['an empty picture', 'media-unreadable', () => (writeFileSync(at('zero.png'), ''), ['--image', at('zero.png'), 'q']), /zero\.png.+empty|0 bytes/],
    ['a text named .png', 'media-unreadable', () => (writeFileSync(at('text.png'), 'not a picture'), ['--image', at('text.png'), 'q']), /text\.png/],
    ['a picture that is not there', 'media-unreadable', () => ['--image', at('nowhere.png'), 'q'], /nowhere\.png/],
    ['a picture that is too large', 'media-too-large', () => ['--image', join(media, 'huge.png'), 'q'], /20,?000/],
    ['sound without pictures', 'media-unreadable', () => ['--video', join(media, 'audio-only.mp4'), 'q'], /audio-only|ffmpeg/],
    ['a video that is cut off', 'media-unreadable', () => {
      const whole = readFileSync(join(samples, clip.media[0]!));
      writeFileSync(at('cut.mp4'), whole.subarray(0, 3000)); // inside the first frame
      return ['--video', at('cut.mp4'), 'q'];
    }, /cut\.mp4|ffmpeg/],
    ['an empty prompt', 'bad-request', () => ['--image', join(samples, small), ''], /prompt is empty/],
    ['messages that are no JSON', 'bad-request', () => (writeFileSync(at('half.json'), '[{'), ['--messages', at('half.json')]), /half\.json is no JSON/],
    ['messages whose pictures are missing', 'bad-request', () => {
      writeFileSync(at('image.json'), JSON.stringify([{ role: 'user', content: [{ type: 'image' }] }]));
      return ['--messages', at('image.json')];
    }, /1 image part/],
    ['a model that is no folder', 'unknown-model', () => ['--model', at('nothing'), 'q'], /shapes/],
    ['a folder that is no checkpoint', 'bad-checkpoint', () => ['--model', samples, 'q'], /config\.json/],
    ['a checkpoint with a missing tensor', 'bad-checkpoint', () => ['--model', damagedCheckpoint('missing', (header) => {
      delete header['model.transformer.ln_f.weight'];
    }), 'q'], /model\.transformer\.ln_f\.weight/],
    ['a tensor of a wrong shape', 'bad-checkpoint', () => ['--model', damagedCheckpoint('shape', (header) => {
      header['model.transformer.ln_f.weight']!.shape.unshift(1);
    }), 'q'], /model\.transformer\.ln_f\.weight/],
    ['an output that cannot be written', 'not-written', () => ['--trace', at('no/folder/t.safetensors'), 'q'], /t\.safetensors/],
  ])('%s is one line and status 1', async (_, code, args, line) => {
    expect(expectFailure(await runCli(['ask', ...args()]), code)).toMatch(line);
  }); // prettier-ignore

  // Here a model that is not there is another error, which comes later.
  test.each<[string, () => string[], RegExp]>([
    ['a picture', () => ['ask', '--image', join(samples, small), '--image', at('nowhere.png'), 'q'], /^media-unreadable: Image 2 cannot be read.*nowhere\.png/],
    ['a picture to score', () => ['score', '--image', at('nowhere.png'), '--answer', 'a', 'q'], /^media-unreadable: The image cannot be read.*nowhere\.png/],
    ['a frame', () => ['ask', '--frames', join(samples, small), at('nowhere.png'), '--timestamps', '0,0.5', 'q'], /^media-unreadable: The video, frame 2 cannot be read.*nowhere\.png/],
    ['a video', () => ['ask', '--video', at('nowhere.mp4'), 'q'], /^media-unreadable: The video cannot be read.*nowhere\.mp4/],
  ])('%s that is not there is told before a model is loaded', async (_, args, line) => {
    const [command = '', ...rest] = args();
    expect(expectFailure(await runCli([command, '--model', at('nothing'), ...rest]), 'media-unreadable')).toMatch(line);
  }); // prettier-ignore

  test('an output that is the picture is wrong usage, and the picture stays as it is', async () => {
    const picture = at('mine.png');
    cpSync(join(samples, small), picture);
    const before = readFileSync(picture);
    const args = ['ask', '--image', 'mine.png', '--overlay', './mine.png', 'Point to the circles.'];
    const line = expectFailure(await runCli(args, { from: folder }), 'usage', 2);
    expect(line).toContain('--overlay ./mine.png is the file of --image');
    expect(readFileSync(picture)).toEqual(before);
  });

  const intoShell = (args: string, redirection: string) =>
    spawnSync('bash', ['-c', `node scripts/run.mjs cli/main.ts ${args} ${redirection}`], {
      encoding: 'utf8',
    });

  test.skipIf(process.platform !== 'linux').each([
    ['--help', '> /dev/full', 'ENOSPC: no space left on device'],
    ['ask --json --max-new-tokens 3 Hello', '> /dev/full', 'ENOSPC: no space left on device'],
    ['ask --max-new-tokens 300 Hello', '> /dev/full', 'ENOSPC: no space left on device'],
    ['ask --json --max-new-tokens 3 Hello', '| true; exit ${PIPESTATUS[0]}', 'EPIPE: broken pipe'],
  ])('an answer that nobody can read (%s %s) is one line and status 1', (args, redirection, words) => {
    const { status, stderr } = intoShell(args, redirection);
    expect(status).toBe(1);
    // The driver may have words of its own before it.
    expect(stderr.trimEnd().split('\n').at(-1)).toBe(
      `not-written: standard output could not be written: ${words}.`,
    );
    expect(stderr).not.toContain('    at ');
  });

  test.skipIf(process.platform !== 'linux').each(['--help', 'ask Hello', 'score --answer Hi Hello'])(
    'standard output that was closed before %s is one line and status 1, before anything is loaded',
    (args) => {
      const { status, stderr } = intoShell(args, '>&-');
      expect({ status, stderr }).toEqual({
        status: 1,
        stderr:
          'not-written: standard output could not be written: it is closed. Redirect it to a file, or to /dev/null if nobody needs it.\n',
      });
    },
  );

  test.skipIf(process.platform !== 'linux')('nobody needs to read an answer', () => {
    expect(intoShell('--help', '> /dev/null').status).toBe(0);
  });

  test.skipIf(process.platform !== 'linux')('an answer does not depend on standard error', () => {
    const { status, stdout } = intoShell('ask --max-new-tokens 3 Hello', '2> /dev/full');
    expect(status).toBe(0);
    expect(stdout).not.toBe('');
  });

  test('a machine without WebGPU is told so', async () => {
    const none = join(folder, 'no-driver.json');
    const run = await runCli(['ask', 'q'], { env: { VK_ICD_FILENAMES: none, VK_DRIVER_FILES: none } });
    expectFailure(run, 'no-webgpu');
    const info = await runCli(['info'], { env: { VK_ICD_FILENAMES: none, VK_DRIVER_FILES: none } });
    expect(info.status).toBe(0);
    expect(info.stdout).toMatch(/^WebGPU: no \(no-adapter\).*\ntry: Update the graphics driver/m);
  });

  test('info is JSON of what this machine can do', async () => {
    const { status, stdout } = await runCli(['info', '--json', '--memory-gb', '4']);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: true,
      version,
      platform: { runtime: 'node', versions: { node: process.versions.node } },
      webgpu: { available: true },
      video: { decoder: 'ffmpeg', h264: true, vp9: true },
      models: [{ model: 'shapes', plan: { verdict: 'fits' } }, {}, { plan: { verdict: 'does-not-fit' } }, {}],
    });
  });

  test.each<[string, string[], string]>([
    ['no command', [], 'No command is given'],
    ['an unknown command', ['draw'], 'Unknown command "draw"'],
    ['an unknown option', ['ask', '--pictures', 'a.png', 'q'], 'Unknown option --pictures'],
    ['no prompt', ['ask', '--image', 'a.png'], 'There is no PROMPT'],
    ['a word for a number', ['ask', '--seed', 'x', 'q'], '--seed must be an integer, got "x"'],
  ])('%s is one line and status 2', async (_, args, words) => {
    const run = await runCli(args);
    expect(expectFailure(run, 'usage', 2)).toContain(words);
    expect(run.stderr).toHaveLength(1);
  });

  test('help is printed to standard output', async () => {
    const [general, ask] = await Promise.all([runCli(['--help']), runCli(['ask', '--image', '--help'])]);
    expect([general.status, ask.status]).toEqual([0, 0]);
    expect(general.stdout).toContain('Usage: molmo2-webgpu COMMAND');
    expect(ask.stdout).toContain('--trace-positions');
  });
});
