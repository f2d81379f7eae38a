// Outputs that would destroy what is read, or each other.

import { linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askCommand } from '../../cli/ask-command.ts';
import { checkOut } from '../../cli/bundle/write-bundle.ts';
import { UsageError } from '../../cli/failure.ts';
import { checkOutputs, modelInputs } from '../../cli/output-files.ts';
import type { Terminal } from '../../cli/terminal.ts';
import { writeFileWhole } from '../../cli/write-file.ts';

let folder: string;
const at = (...names: string[]) => join(folder, ...names);
const never = new AbortController().signal;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'molmo2-outputs-'));
  for (const name of ['mine.png', 'other.png', 'clip.mp4', 'm.json', 's.vtt']) writeFileSync(at(name), name);
  mkdirSync(at('inner'));
  symlinkSync(at('mine.png'), at('link.png'));
  symlinkSync(at('link.png'), at('link-of-link.png'));
  linkSync(at('mine.png'), at('hard.png'));
  symlinkSync(at('inner'), at('way'));
  symlinkSync(at('inner', 'new.png'), at('to-new.png'));
  mkdirSync(at('model'));
  writeFileSync(at('model', 'model.safetensors'), 'weights');
});
afterAll(() => rmSync(folder, { recursive: true }));

const check = (output: string, input: string, option = '--image') =>
  checkOutputs([{ option: '--overlay', file: output }], [{ option, file: input }]);

describe('an output that is an input', () => {
  test.each<[string, () => [string, string]]>([
    ['under the same name', () => [at('mine.png'), at('mine.png')]],
    ['through dots', () => [at('inner', '..', 'mine.png'), at('mine.png')]],
    ['as a relative path', () => [relative('.', at('mine.png')), at('mine.png')]],
    ['as a symbolic link', () => [at('link.png'), at('mine.png')]],
    ['as a link to a link', () => [at('link-of-link.png'), at('mine.png')]],
    ['behind a link', () => [at('mine.png'), at('link.png')]],
    ['as a hard link', () => [at('hard.png'), at('mine.png')]],
    ['as a file: address', () => [at('mine.png'), pathToFileURL(at('mine.png')).href]],
  ])('is refused %s', async (_, names) => {
    await expect(check(...names())).rejects.toThrow(UsageError);
    await expect(check(...names())).rejects.toThrow(
      /^--overlay \S+ is the file of --image, which would be lost\. Choose another name\.$/,
    );
  });

  test('is refused for a file of the model', async () => {
    const outputs = [{ option: '--trace', file: at('model', 'model.safetensors') }];
    await expect(checkOutputs(outputs, await modelInputs(at('model')))).rejects.toThrow(
      /is the file of --model/,
    );
    const embedded = [{ option: '--trace', file: 'models/shapes/model.safetensors' }];
    await expect(checkOutputs(embedded, await modelInputs('shapes'))).rejects.toThrow(
      /is the file of --model/,
    );
    const beside = [{ option: '--trace', file: at('model', 'run.safetensors') }];
    await checkOutputs(beside, await modelInputs(at('model')));
  });

  test('is not seen where there is none: other files, addresses, devices', async () => {
    await check(at('other.png'), at('mine.png'));
    await check(at('new.png'), at('mine.png'));
    await check(at('mine.png'), 'https://example.org/mine.png');
    await check('/dev/null', '/dev/null');
  });
});

describe('two outputs', () => {
  const both = (overlay: string, trace: string) =>
    checkOutputs([{ option: '--overlay', file: overlay }, { option: '--trace', file: trace }], []); // prettier-ignore

  test.each<[string, () => [string, string]]>([
    ['a new file', () => [at('x'), at('x')]],
    ['a new file through a link to its folder', () => [at('inner', 'x'), at('way', 'x')]],
    ['a new file through a link that leads nowhere yet', () => [at('inner', 'new.png'), at('to-new.png')]],
    ['a file that is there', () => [at('other.png'), at('inner', '..', 'other.png')]],
  ])('that are %s are refused', async (_, names) => {
    await expect(both(...names())).rejects.toThrow(
      /^--overlay and --trace are both \S+\. Choose two names\.$/,
    );
  });

  test('may be two files, or both a device', async () => {
    await both(at('x'), at('y'));
    await both('/dev/null', '/dev/null');
  });
});

const quiet: Terminal = {
  print: () => {},
  note: () => {},
  progress: () => {},
  flush: async () => {},
  broken: never,
};

test.each<[string, () => string[], string]>([
  ['--image', () => ['--image', at('mine.png'), '--overlay', at('mine.png'), 'q'], 'mine.png'],
  ['--image', () => ['--image', at('other.png'), '--image', at('mine.png'), '--overlay', at('hard.png'), 'q'], 'mine.png'],
  ['--video', () => ['--video', at('clip.mp4'), '--overlay', at('clip.mp4'), 'q'], 'clip.mp4'],
  ['--frames', () => ['--frames', at('other.png'), at('mine.png'), '--timestamps', '0,1', '--trace', at('link.png'), 'q'], 'mine.png'],
  ['--messages', () => ['--messages', at('m.json'), '--trace', at('m.json')], 'm.json'],
  ['--expect', () => ['--image', at('other.png'), '--expect', `schema:${at('m.json')}`, '--trace', at('m.json'), 'q'], 'm.json'],
  ['--subtitles', () => ['--video', at('clip.mp4'), '--subtitles', at('s.vtt'), '--trace', at('s.vtt'), 'q'], 's.vtt'],
])('ask leaves the file of %s alone', async (option, args, name) => {
  await expect(askCommand(args(), quiet, never)).rejects.toThrow(UsageError);
  await expect(askCommand(args(), quiet, never)).rejects.toThrow(`is the file of ${option}`);
  expect(readFileSync(at(name), 'utf8')).toBe(name);
}); // prettier-ignore

describe('convert and synth', () => {
  test('refuse an OUT that is a link, and one whose unfinished files would lie around SRC', async () => {
    await expect(checkOut(at('way'))).rejects.toThrow(/is a link\. Give the name of a folder/);
    symlinkSync(at('nowhere'), at('dangling'));
    await expect(checkOut(at('dangling'))).rejects.toThrow(/is a link/);
    mkdirSync(at('bundle.partial', 'src'), { recursive: true });
    writeFileSync(at('bundle.partial', 'progress.jsonl'), '');
    for (const source of [at('bundle.partial'), at('bundle.partial', 'src')])
      await expect(checkOut(at('bundle'), source)).rejects.toThrow(/Choose another OUT\.$/);
    await checkOut(at('bundle'), at('model'));
    await checkOut(at('model', 'bundle'), at('model'));
  });
});

describe('writing', () => {
  test('goes through a link, which stays one', async () => {
    symlinkSync(at('target.bin'), at('through'));
    writeFileSync(at('target.bin'), 'old');
    await writeFileWhole(at('through'), [Buffer.from('new')]);
    expect(readFileSync(at('target.bin'), 'utf8')).toBe('new');
  });

  test('leaves a device where it is', async () => {
    await writeFileWhole('/dev/null', [Buffer.from('bytes')]);
    writeFileSync('/dev/null', 'still there');
    expect(readFileSync('/dev/null', 'utf8')).toBe('');
  });

  test.skipIf(process.platform !== 'linux')('on a full device is one error', async () => {
    await expect(writeFileWhole('/dev/full', [Buffer.from('bytes')])).rejects.toThrow(
      /^\/dev\/full could not be written: ENOSPC/,
    );
  });
});
