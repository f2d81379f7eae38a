// The package's declarations in projects of several kinds, with the oldest and the newest TypeScript.

import { join } from 'node:path';
import process from 'node:process';
import { describe, expect, test } from 'vitest';
import { newestTypeScript } from './compilers.ts';
import type { Project } from './empty-project.ts';

const language = `
import { Molmo2, checkSupport, extractPoints, extractTracks, Molmo2Error, supportText, type Answer, type AskInput, type ImageInput, type Support } from 'molmo2-webgpu';
import { MolmoOverlay } from 'molmo2-webgpu/overlay';
import { MolmoTimeline } from 'molmo2-webgpu/timeline';
import { createMolmo } from 'molmo2-webgpu/ai-sdk';
import { APIError, createOpenAI } from 'molmo2-webgpu/openai';
import { createLanguageModel } from 'molmo2-webgpu/prompt-api';
const molmo = await Molmo2.load({ model: 'shapes', hub: { token: 'x' }, onProgress: ({ done }) => void (done satisfies number) });
const input: AskInput = { image: 'x.png', images: [new Uint8Array(1), new ArrayBuffer(1)], prompt: 'Point to it.' };
let answer: Answer | undefined;
for await (const event of molmo.ask(input, { maxNewTokens: 5 })) if (event.type === 'done') answer = event.answer;
export const read = [extractPoints('x', { kind: 'image', width: 1, height: 1 }), extractTracks('x', { width: 1, height: 1, fps: 2 })];
export const made = [answer?.points[0]?.x, new Molmo2Error('worker-blocked', 'x').code, MolmoOverlay.observedAttributes, MolmoTimeline.observedAttributes];
const support: Support = await checkSupport({ memoryBytes: 4e9 });
export const advice = [support.webgpu.available ? support.webgpu.adapter.vendor : support.webgpu.steps[0], supportText(support)];
// @ts-expect-error a number is no picture
export const wrong: ImageInput = 5;
const { chat } = createOpenAI(molmo);
const messages = [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:,x' } }] }] as const;
const whole = await chat.completions.create({ messages });
export const places = [whole.choices[0]?.message.content.length, whole.choices[0]?.message.molmo.points[0]?.x, new APIError(400, { message: '', type: '', param: null, code: null }).status];
for await (const chunk of await chat.completions.create({ messages, stream: true })) chunk.choices[0]?.delta.content satisfies string | undefined;
// @ts-expect-error a part has no such type
await chat.completions.create({ messages: [{ role: 'user', content: [{ type: 'picture' }] }] });
export const modelId: string = createMolmo(molmo)().modelId;
const session = await createLanguageModel({ load: (options) => Molmo2.load({ model: 'shapes', ...options }) }).create();
for await (const piece of session.promptStreaming('Hi')) piece satisfies string;
export const usage: number = session.contextUsage;
`;
const page = `
import { Molmo2, type ImageInput } from 'molmo2-webgpu';
import { MolmoOverlay, type MolmoOverlayAttributes } from 'molmo2-webgpu/overlay';
import { MolmoTimeline } from 'molmo2-webgpu/timeline';
import { live, type FrameSource } from 'molmo2-webgpu/live';
export const pictures: ImageInput[] = [
  document.createElement('canvas'), new Image(), new Blob([]), new URL('x:y'), new File([], 'a'), new ImageData(1, 1), new OffscreenCanvas(1, 1),
];
const molmo = await Molmo2.load({ signal: new AbortController().signal });
const frames: FrameSource = { next: () => createImageBitmap(document.createElement('canvas')) };
for await (const event of live(molmo, frames, { prompt: () => 'Point to it.', everyMs: 100 }, { maxNewTokens: 9 }))
  if (event.type === 'done') event.answer.points[0]?.x satisfies number | undefined;
  else event.frame.takenMs satisfies number;
// @ts-expect-error a picture does not move
live(molmo, document.createElement('img'), { prompt: 'Point to it.' });
const overlay: MolmoOverlay = document.querySelector('molmo-overlay')!;
overlay.style.width = '1px';
overlay.target = document.createElement('video');
export const png: Blob = await overlay.snapshot();
const timeline: MolmoTimeline = document.querySelector('molmo-timeline')!;
timeline.overlay = overlay;
timeline.addEventListener('molmo-range', ({ detail }) => detail?.startSec satisfies number | undefined);
overlay.addEventListener('molmo-edit', ({ detail }) => (overlay.answer = detail.before));
export const inJsx: MolmoOverlayAttributes = { labels: 'none', 'onmolmo-click': ({ detail }) => void (detail.x satisfies number) };
// @ts-expect-error nothing can be drawn over a div
overlay.target = document.createElement('div');
// @ts-expect-error a div is no picture
export const wrong: ImageInput = document.createElement('div');
`;
const node = `
import { Molmo2, type ImageInput } from 'molmo2-webgpu';
export const pictures: ImageInput[] = [new Blob([]), new URL('file:///x'), Buffer.from('x'), 'a.png'];
await Molmo2.load({ signal: AbortSignal.timeout(5) });
// @ts-expect-error a number is no signal
await Molmo2.load({ signal: 5 });
`;
/** One of its names does not exist, so that a compiler that reads no declarations is noticed. */
const mistake = `import { NotThere } from 'molmo2-webgpu';\nconsole.log(NotThere);\n`;

const kinds = [
  { name: 'the language alone', lib: ['es2023'], types: [], source: language },
  { name: 'a worker', lib: ['es2023', 'webworker'], types: [], source: language },
  { name: 'a page', lib: ['es2022', 'dom', 'dom.iterable'], types: [], source: page },
  { name: 'Node', lib: ['es2023'], types: ['node'], source: node },
] as const;
const resolutions = [
  { module: 'esnext', moduleResolution: 'bundler' },
  { module: 'nodenext', moduleResolution: 'nodenext' },
] as const;

export function describeTypes(project: () => Project): void {
  const compilers = {
    '5.6': () => join(project().folder, 'node_modules/typescript/bin/tsc'),
    newest: newestTypeScript,
  };

  function compile(compiler: keyof typeof compilers, source: string, options: object) {
    const compilerOptions = { noEmit: true, strict: true, skipLibCheck: false, target: 'es2022', ...options };
    project().write('user.ts', source);
    project().write('tsconfig.json', JSON.stringify({ compilerOptions, files: ['user.ts'] }));
    return project().run(process.execPath, [compilers[compiler](), '-p', '.']).stdout;
  }

  describe.each(['5.6', 'newest'] as const)('the types in the tarball, TypeScript %s', (compiler) => {
    test.each(kinds)('compile in a project with $name', ({ lib, types, source }) => {
      for (const resolution of resolutions)
        expect(
          compile(compiler, source, { lib, types, exactOptionalPropertyTypes: true, ...resolution }),
        ).toBe('');
    });

    test('compile where every declaration that is installed is read', () => {
      const lib = ['es2022', 'dom'];
      for (const resolution of resolutions)
        expect(compile(compiler, language, { lib, ...resolution })).toBe('');
    });

    test('are what a compiler reads: it notices a mistake', () => {
      const lib = ['es2023', 'dom', 'dom.iterable'];
      for (const resolution of resolutions)
        expect(compile(compiler, mistake, { lib, types: [], ...resolution })).toContain('NotThere');
    });
  });
}
