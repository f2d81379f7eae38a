// The model menu: a checkpoint folder of the visitor's own, and folders that are none.

import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Site } from './demo-site.ts';
import {
  ask,
  chooseFiles,
  expectWorking,
  good,
  type OnePage,
  openOnePage,
  rawAnswer,
  turnsOf,
  untilReady,
} from './demo-steps.ts';

let opened: OnePage;
let site: Site;
let page: Page;

beforeAll(async () => {
  opened = await openOnePage();
  ({ site, page } = opened);
});
afterAll(() => opened?.close());

interface ChosenFile {
  readonly name: string;
  readonly mimeType: string;
  readonly buffer: Buffer;
}

const shapes = fileURLToPath(new URL('../../models/shapes/', import.meta.url));
const checkpoint: readonly ChosenFile[] = readdirSync(shapes).map((name) => ({
  name,
  mimeType: name.endsWith('.json') ? 'application/json' : 'application/octet-stream',
  buffer: readFileSync(shapes + name),
}));

function withFile(name: string, change: (buffer: Buffer) => Buffer): ChosenFile[] {
  return checkpoint.map((file) => (file.name === name ? { ...file, buffer: change(file.buffer) } : file));
}

/** Writes over text of the same length, as the header of a safetensors file has its length in front. */
function overwrite(buffer: Buffer, from: string, to: string): Buffer {
  const at = buffer.indexOf(from);
  if (at < 0 || from.length !== to.length) throw new Error(`cannot write "${to}" over "${from}"`);
  const copy = Buffer.from(buffer);
  copy.write(to, at);
  return copy;
}

async function chooseFolder(page: Page, files: readonly ChosenFile[]): Promise<void> {
  await page.click('#model-button');
  // A browser test may fill an input for folders only from the disk; without the attribute it takes bytes.
  await page.evaluate(() => document.querySelector('#model-folder')?.removeAttribute('webkitdirectory'));
  await page.setInputFiles('#model-folder', [...files]);
}

const name = 'model.transformer.ln_f.weight';
const badFolders = [
  {
    what: 'no checkpoint',
    files: [{ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('not a model') }],
    code: 'bad-checkpoint',
    says: 'config.json',
  },
  {
    what: 'a model of another kind',
    files: withFile('config.json', () => Buffer.from('{"model_type": "other"}')),
    code: 'unsupported-model',
    says: 'other',
  },
  {
    what: 'a missing tensor',
    files: withFile('model.safetensors', (buffer) => overwrite(buffer, name, name.replace('ln_f', 'ln_g'))),
    code: 'bad-checkpoint',
    says: 'ln_f',
  },
  {
    what: 'a tensor of another shape',
    files: withFile('model.safetensors', (buffer) => overwrite(buffer, '[512, 128]', '[128, 512]')),
    code: 'bad-checkpoint',
    says: 'but config.json asks for [512, 128]',
  },
  {
    what: 'weights that are cut short',
    files: withFile('model.safetensors', (buffer) => buffer.subarray(0, 100_000)),
    code: 'bad-checkpoint',
    says: 'model.safetensors',
  },
];
test.each(badFolders)(
  'a folder with $what is refused and the built-in model goes on',
  async ({ files, code, says }) => {
    await chooseFolder(page, files);
    await page.waitForSelector(`#error[data-code="${code}"]:not([hidden])`);
    expect(await page.textContent('#error p')).toContain(says);
    expect(await page.textContent('#model-name')).toBe('shapes (built in)');
    await expectWorking(page);
  },
);

test('an address without a checkpoint is refused and the built-in model goes on', async () => {
  await page.click('#model-button');
  await page.fill('#model-url', `${site.url}nothing-here/`);
  await page.press('#model-url', 'Enter');
  await page.waitForSelector('#error:not([hidden])');
  await untilReady(page);
  expect(await page.textContent('#error p')).toContain('nothing-here');
  await expectWorking(page);
});

test('a checkpoint folder is loaded from the disk and answers', async () => {
  await page.click('#model-button');
  await page.evaluate(() => document.querySelector('#model-folder')?.setAttribute('webkitdirectory', ''));
  // The model inside the page was not trained on conversations: the box is off, and says why beside it.
  expect(await page.isDisabled('#keep')).toBe(true);
  expect(await page.isChecked('#keep')).toBe(false);
  expect(await page.getByLabel('Keep conversation').getAttribute('aria-describedby')).toBe('keep-why');
  expect(await page.isVisible('#keep-why')).toBe(true);
  expect(await page.textContent('#keep-why')).toMatch(
    /Off: in conversations the built-in model errs too often\./,
  );
  await page.setInputFiles('#model-folder', shapes);
  await page.waitForSelector('#load-bar[data-phase="ready"]');
  await untilReady(page);
  expect(await page.isHidden('#error')).toBe(true);
  expect(await page.isHidden('#model-note')).toBe(true);
  expect(await page.isEnabled('#keep')).toBe(true);
  expect(await page.isHidden('#keep-why')).toBe(true);
  await expectWorking(page);
});

test('a follow-up continues the conversation when the visitor keeps it, and each turn is shown again', async () => {
  // With the folder's model: the page keeps no conversation with the built-in one.
  const { files, question, answer } = good;
  await chooseFiles(page, files);
  await page.check('#keep');
  expect(await ask(page, question)).toBe(answer);
  const first = await page.textContent('#timings');
  const second = await ask(page, 'Point to the circles.');
  expect(second).not.toBe('');
  expect(await page.textContent('#timings')).not.toBe(first);
  expect((await turnsOf(page)).map(({ shown }) => shown)).toEqual([false, true]);
  // Only its own words are read, so it went on.
  expect(Number(/reading (\d+) tokens/.exec((await page.textContent('#timings')) ?? '')?.[1])).toBeLessThan(
    60,
  );
  await page.click('#turns li:first-child .turn');
  expect(await rawAnswer(page)).toBe(answer);
  expect(await page.textContent('#timings')).toBe(first);
  await page.uncheck('#keep');
  expect(await ask(page, question)).toBe(answer);
  expect(await turnsOf(page)).toHaveLength(3);
});
