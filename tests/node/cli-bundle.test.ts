// `convert`, `synth` and `verify` as a user runs them: the real program with its threads.

import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeRandomCheckpoint } from '../conversion/random-checkpoint.ts';
import { startHub } from '../unit/hub-server.ts';
import { runCli } from './run-cli.ts';

const golden = resolve('tests/fixtures/golden/checkpoint-qwen3');

let folder: string;
const at = (name: string) => join(folder, name);

beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'molmo2-bundle-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const hashes = (bundle: string) =>
  (JSON.parse(readFileSync(join(bundle, 'molmo2.json'), 'utf8')) as { shards: unknown }).shards;

describe('the program', () => {
  test('converts a checkpoint with its threads, and verifies what it wrote', async () => {
    const { status, stderr } = await runCli(['convert', golden, 'golden-q8', '--weights', 'q8'], { from: folder });
    expect({ status, last: stderr.at(-1) }).toMatchObject({ status: 0, last: expect.stringMatching(/^golden-q8: \d+\.\d MB in q8, /) });
    const run = await runCli(['verify', 'golden-q8'], { from: folder });
    expect({ ...run, stdout: '' }).toEqual({ status: 0, stdout: '', stderr: [] });
    expect(run.stdout).toMatch(/^golden-q8: \d+ tensors and 0 aliases, .+ all as they should be/);
  }); // prettier-ignore

  test('converts the same from a hub, with the token that the environment has', async () => {
    const hub = await startHub('allenai/Small', readdirSync(golden).map((name): [string, Buffer] => [name, readFileSync(join(golden, name))]));
    hub.token = 'secret';
    try {
      const convert = (token: string, out: string) =>
        runCli(['convert', 'hf:allenai/Small', at(out), '--weights', 'q8'], { env: { HF_ENDPOINT: hub.endpoint, HF_TOKEN: token } });
      const refused = await convert('', 'hub-refused');
      expect(refused).toMatchObject({ status: 1, stderr: [expect.stringMatching(/^network: config\.json .+ 401 .+set HF_TOKEN/)] });
      expect((await convert('secret', 'hub-q8')).status).toBe(0);
      expect(hashes(at('hub-q8'))).toEqual(hashes(at('golden-q8')));
      expect(hub.seen.some((one) => one.server === 'store')).toBe(true);
      expect(hub.seen.filter((one) => one.server === 'store' && one.authorization !== undefined)).toEqual([]);
    } finally {
      await hub.close();
    }
  }); // prettier-ignore

  test('asks the hub that the environment names, in every command, and tells of its waits', async () => {
    const files = readdirSync(golden).map((name): [string, Buffer] => [
      name,
      readFileSync(join(golden, name)),
    ]);
    const hub = await startHub('allenai/Small', files);
    hub.token = 'secret';
    const run = (token: string, ...args: string[]) =>
      runCli(args, { env: { HF_ENDPOINT: hub.endpoint, HF_TOKEN: token } });
    const ask = (token: string) =>
      run(token, 'ask', '--model', 'hf:allenai/Small', '--max-new-tokens', '2', 'Hi');
    const last = ({ stderr }: { readonly stderr: readonly string[] }) => stderr.at(-1);
    try {
      const refused = await ask('');
      expect(refused.status).toBe(1);
      expect(last(refused)).toMatch(/^network: \S+ of .+ 401 .+set HF_TOKEN to a token that may read it\.$/);
      expect(last(await run('', 'verify', 'hf:allenai/Small'))).toMatch(/^network: .+ 401 .+set HF_TOKEN/);
      let patience = 1;
      hub.misbehave = (_, response) => {
        if (patience-- <= 0) return false;
        response.writeHead(429, { 'Retry-After': '3' }).end();
        return true;
      };
      const answered = await ask('secret\n');
      expect(answered.status).toBe(0);
      expect(answered.stderr).toContain('note: The hub answered 429 Too Many Requests; asking again in 3 s.');
      hub.misbehave = (_, response) => {
        response.writeHead(429, { 'Retry-After': '300' }).end();
        return true;
      };
      const left = await run('secret', 'convert', 'hf:allenai/Small', at('patient'));
      expect(last(left)).toMatch(/^network: config\.json .+ 429 Too Many Requests and asks to wait 300 s\. /);
      expect(existsSync(at('patient')) || existsSync(at('patient.partial'))).toBe(false);
    } finally {
      await hub.close();
    }
  });

  test('that is interrupted goes on when it is started again', async () => {
    const source = at('large');
    writeRandomCheckpoint(source, {
      arch: 'tiny',
      dtype: 'BF16',
      edit: (config) => (config.text_config['vocab_size'] = 300_000),
    });
    const args = ['convert', source, at('large-q4'), '--weights', 'q4'];
    const progress = join(at('large-q4.partial'), 'progress.jsonl');
    let watch: NodeJS.Timeout | undefined;
    const first = await runCli(args, {
      onStart(interrupt) {
        watch = setInterval(() => {
          if (!existsSync(progress) || !readFileSync(progress, 'utf8').includes('"chunk"')) return;
          clearInterval(watch);
          interrupt();
        }, 2);
      },
    });
    clearInterval(watch);
    expect(first).toMatchObject({
      status: 130,
      stdout: '',
      stderr: ['interrupted: what is converted is kept. Run the same command again to go on where it was.'],
    });
    expect(existsSync(at('large-q4'))).toBe(false);
    const second = await runCli(args);
    expect({ status: second.status, notes: second.stderr.join() }).toMatchObject({
      status: 0,
      notes: expect.stringMatching(/went on behind \d+\.\d MB/),
    });
    expect((await runCli(['verify', at('large-q4')])).status).toBe(0);
    const other = await runCli([...args.slice(0, 2), at('large-again'), '--weights', 'q4']);
    expect(other.status).toBe(0);
    expect(hashes(at('large-again'))).toEqual(hashes(at('large-q4')));
  });

  test('tells an error of a thread in one line, with the tensor', async () => {
    const source = at('infinite');
    writeRandomCheckpoint(source, { arch: 'tiny', dtype: 'F32' });
    const file = join(source, 'model.safetensors');
    const bytes = readFileSync(file);
    const data = 8 + Number(bytes.readBigUInt64LE(0));
    const header = JSON.parse(bytes.toString('utf8', 8, data)) as Record<string, { data_offsets: [number] }>;
    bytes.writeFloatLE(NaN, data + header['lm_head.weight']!.data_offsets[0]);
    writeFileSync(file, bytes);
    const run = await runCli(['convert', source, at('infinite-q4')]);
    expect(run).toMatchObject({
      status: 1,
      stderr: [
        expect.stringMatching(
          /^bad-checkpoint: model\.safetensors: tensor "lm_head\.weight" holds NaN \(element 0\)\./,
        ),
      ],
    });
    expect(existsSync(at('infinite-q4'))).toBe(false);
  });

  test('writes random weights; verify tells damage line by line with status 1', async () => {
    expect((await runCli(['synth', 'tiny', at('tiny')])).status).toBe(0);
    const file = join(at('tiny'), 'weights-1.bin');
    const bytes = readFileSync(file);
    bytes[1000]! ^= 255;
    writeFileSync(file, bytes);
    rmSync(join(at('tiny'), 'tokenizer_config.json'));
    const run = await runCli(['verify', at('tiny')]);
    expect(run).toEqual({
      status: 1,
      stdout: '',
      stderr: [
        expect.stringMatching(/^.+ has no tokenizer_config\.json\. Put all files of the checkpoint/),
        expect.stringMatching(/^chunk 0 of weights-1\.bin .+ is damaged/),
        expect.stringMatching(/^not-verified: .+ has 2 problems\. /),
      ],
    });
  });

  test.each<[string, string[], RegExp]>([
    ['no OUT', ['convert', golden], /^usage: convert takes two words, got 1\. Write: molmo2-webgpu convert SRC OUT/],
    ['an unknown format', ['convert', golden, 'x', '--weights', 'q2'], /^usage: --weights must be f16, q8 or q4, got "q2"/],
    ['an unknown model', ['synth', 'gpt', 'x'], /^usage: ARCH must be one of molmo2-4b/],
    ['nothing to verify', ['verify'], /^usage: verify takes one word/],
    ['an OUT that is there', ['convert', golden, golden], /^usage: .+ is there already/],
  ])('%s is one line and status 2', async (_, args, line) => {
    const run = await runCli(args, { from: folder });
    expect(run).toMatchObject({ status: 2, stdout: '', stderr: [expect.stringMatching(line)] });
  }); // prettier-ignore

  test('has help for each command', async () => {
    const runs = await Promise.all(['convert', 'synth', 'verify'].map((name) => runCli([name, '--help'])));
    expect(runs.map(({ status, stdout }) => [status, stdout.split('\n')[0]])).toEqual([
      [0, 'Usage: molmo2-webgpu convert SRC OUT [--weights f16|q8|q4]'],
      [0, 'Usage: molmo2-webgpu synth ARCH OUT [--weights f16|q8|q4]'],
      [0, 'Usage: molmo2-webgpu verify DIR|URL'],
    ]);
  });
});
