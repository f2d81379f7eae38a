import { existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { exportsOf, importsOf, type Import } from '../imports.ts';
import { importTarget, sourceFiles } from '../source-files.ts';

// The picture: who may import whom. `uses` may be imported freely, of `types` only types. A design change starts here.
const bedrock = ['bedrock'];
const ground = [...bedrock, 'net', 'gpu', 'kernels', 'weights'];
const stages = ['media', 'preprocess', 'vision', 'decoder', 'text', 'grounding'];
const picture: Record<string, { uses: string[]; types?: string[] }> = {
  bedrock: { uses: bedrock },
  // What everybody who asks servers needs, and no requests of its own.
  net: { uses: bedrock },
  gpu: { uses: bedrock },
  kernels: { uses: [...bedrock, 'gpu'] },
  weights: { uses: [...bedrock, 'net', 'gpu', 'kernels'] },
  // Stages do not call each other; each may know the types of what the one before it produces.
  ...Object.fromEntries(
    stages.map((stage, i) => [stage, { uses: ground, types: stages.slice(Math.max(i - 1, 0), i) }]),
  ),
  constraints: { uses: bedrock },
  engine: { uses: [...ground, ...stages, 'constraints'] },
  worker: { uses: [...ground, ...stages, 'engine'] },
  // What can be done here is found out without the engine.
  support: { uses: [...ground, 'media'] },
  door: { uses: [...ground, ...stages, 'engine', 'worker', 'support'] },
  adapters: { uses: [], types: ['bedrock', 'door'] },
  // Its answers come from a server as text: points are read here, and pictures are made ready here. It runs no model.
  remote: { uses: [...bedrock, 'net', 'media', 'text', 'grounding'], types: ['door'] },
  // Writes ONNX graphs, of a whole model too, and runs those on a runtime that its user brings.
  onnx: { uses: bedrock },
  overlay: { uses: [], types: ['bedrock', 'door'] },
  // What an answer says, edited and as files: text as the model writes it, pictures and clips as the overlay draws them.
  annotations: { uses: [...bedrock, 'media', 'text', 'grounding', 'overlay'] },
  live: { uses: [], types: ['bedrock', 'door'] },
  demo: { uses: ['door', 'onnx', 'overlay', 'annotations', 'live', 'timeline', 'bench', 'eval'] },
  // Both follow the frames of a video and read an answer's times alike.
  timeline: { uses: ['overlay'], types: ['bedrock', 'door'] },
  // The overlay draws on the frames that the answer was given for; what would keep a converted model from answering is
  // asked of its tokenizer beforehand, and whether an answer can be what is expected.
  cli: { uses: [...bedrock, 'door', 'weights', 'media', 'text', 'constraints', 'eval'] },
  bench: { uses: [...ground, ...stages, 'constraints', 'engine', 'door', 'onnx', 'scripts'] },
  // Reports are written with the benchmark's few functions for text and numbers; a dataset's media are looked at, for their sizes
  // and to find those that are alike; references are written as the model writes answers.
  eval: { uses: [...bedrock, 'net', 'door', 'media', 'grounding', 'bench'] },
  scripts: { uses: [...bedrock, 'gpu', 'weights'] },
  tests: {
    uses: [
      'scripts',
      'demo',
      'cli',
      'bench',
      'eval',
      'adapters',
      'remote',
      'onnx',
      'overlay',
      'annotations',
      'live',
      'timeline',
      'door',
      'support',
      'worker',
      'engine',
      'constraints',
      ...stages,
      ...ground,
    ],
  },
};

// Packages that one room wraps for all others.
const owners: Record<string, string[]> = {
  mediabunny: ['media', 'annotations'],
  sharp: ['media', 'remote', 'cli'],
  webgpu: ['gpu'],
  '@huggingface/tokenizers': ['text'],
};

// Users of the package reach everything through the door; the demo is such a user.
const doorFile = 'src/index.ts';
const loose: Record<string, string> = {
  'src/abort.ts': 'bedrock',
  'src/answers-under-way.ts': 'door',
  'src/api.ts': 'bedrock',
  'src/ask-windows.ts': 'door',
  'src/chat.ts': 'door',
  'src/config.ts': 'bedrock',
  'src/csv-rows.ts': 'bedrock',
  'src/read-config.ts': 'bedrock',
  'src/errors.ts': 'bedrock',
  'src/fallback.ts': 'bedrock',
  'src/index.ts': 'door',
  'src/molmo2.ts': 'door',
  'src/load-pause.ts': 'bedrock',
  'src/own-file.ts': 'bedrock',
  'src/saved-chat.ts': 'door',
};

/** The room a file of the repository lies in; null for what is no code of ours (settings, shaders, models). */
function roomOf(file: string): string | null {
  const [top = '', second = '', third] = file.split('/');
  if (loose[file]) return loose[file];
  if (file.startsWith('src/adapters/remote/')) return 'remote';
  if (top === 'src') return third === undefined ? null : second;
  return top in picture ? top : null;
}

function packageComplaint(room: string, name: string): string | null {
  const owner = owners[name];
  return owner && room !== 'tests' && room !== 'scripts' && !owner.includes(room)
    ? `the package ${name} belongs to ${owner.join(' and ')}`
    : null;
}

/** Why `file` may not import this; null when it may. */
function complaint(file: string, { from, typeOnly }: Import): string | null {
  const room = roomOf(file);
  if (room === null || !(room in picture)) return 'the file lies in no room of the picture';
  const imported = importTarget(file, from);
  if (imported === null) return packageComplaint(room, from);
  if (imported.startsWith('shaders/'))
    return ['kernels', 'tests'].includes(room) ? null : 'shaders belong to kernels';
  if (!/\.(ts|mjs)$/.test(imported)) return null;
  const to = roomOf(imported);
  if (to === null) return `${imported} lies in no room of the picture`;
  if (room === 'demo' && to === 'door' && imported !== doorFile) return `the demo enters through ${doorFile}`;
  const { uses, types = [] } = picture[room] ?? { uses: [] };
  if (to === room || uses.includes(to)) return null;
  if (types.includes(to)) return typeOnly ? null : `${room} may import only types of ${to}`;
  return `${room} may not import ${to}`;
}

function complaints(file: string, source: string): string[] {
  return importsOf(file, source).flatMap((item) => {
    const why = complaint(file, item);
    return why === null ? [] : [`${file} imports ${item.from}: ${why}`];
  });
}

describe('rooms', () => {
  test('imports point down the picture', () => {
    expect(sourceFiles.length).toBeGreaterThan(50);
    expect(sourceFiles.flatMap((file) => complaints(file, readFileSync(file, 'utf8')))).toEqual([]);
  });

  test('every relative import names a file that exists', () => {
    const missing = sourceFiles.flatMap((file) =>
      importsOf(file, readFileSync(file, 'utf8')).flatMap(({ from }) => {
        const imported = importTarget(file, from);
        return imported !== null && !existsSync(imported) ? [`${file} imports ${from}`] : [];
      }),
    );
    expect(missing).toEqual([]);
  });

  test('both files of a platform pair export the same names', () => {
    const pairs = sourceFiles.filter((file) => file.startsWith('src/') && file.endsWith('-node.ts'));
    expect(pairs.length).toBeGreaterThan(0);
    for (const node of pairs) {
      const browser = node.replace('-node.ts', '.ts');
      expect(exportsOf(node, readFileSync(node, 'utf8')), node).toEqual(
        exportsOf(browser, readFileSync(browser, 'utf8')),
      );
    }
  });

  test('a platform pair is imported only by its common name', () => {
    const direct = sourceFiles
      .filter((file) => file.startsWith('src/'))
      .flatMap((file) =>
        importsOf(file, readFileSync(file, 'utf8')).flatMap(({ from, typeOnly }) => {
          const imported = importTarget(file, from);
          if (!imported?.endsWith('.ts') || from.startsWith('#') || typeOnly) return [];
          return existsSync(imported.replace(/(-node)?\.ts$/, '-node.ts')) ? [`${file} imports ${from}`] : [];
        }),
      );
    expect(direct).toEqual([]);
  });

  test('rooms have no index.ts', () => {
    expect(sourceFiles.filter((file) => /^src\/.+\/index\.ts$/.test(file)).map(dirname)).toEqual([]);
  });
});

describe('the check itself', () => {
  test.each([
    ['src/vision/a.ts', "import { b } from '../decoder/b.ts';", 'vision may not import decoder'],
    ['src/gpu/a.ts', "import { b } from '#media/b';", 'gpu may not import media'],
    ['src/gpu/a.ts', "import type { B } from '../kernels/b.ts';", 'gpu may not import kernels'],
    [
      'src/vision/a.ts',
      "import { b } from '../preprocess/b.ts';",
      'vision may import only types of preprocess',
    ],
    ['src/decoder/a.ts', "export * from '../engine/b.ts';", 'decoder may not import engine'],
    ['src/engine/a.ts', "const b = await import('../worker/b.ts');", 'engine may not import worker'],
    ['src/text/a.ts', "let b: import('../engine/b.ts').B;", 'text may not import engine'],
    ['src/overlay/a.ts', "import { Molmo2 } from '../molmo2.ts';", 'overlay may import only types of door'],
    ['src/adapters/a.ts', "import { b } from '../grounding/b.ts';", 'adapters may not import grounding'],
    ['src/adapters/remote/a.ts', "import { b } from '../../engine/b.ts';", 'remote may not import engine'],
    ['src/engine/a.ts', "import { read } from '../../tests/safetensors.ts';", 'engine may not import tests'],
    ['demo/a.ts', "import { Molmo2 } from '../src/molmo2.ts';", 'the demo enters through src/index.ts'],
    ['demo/a.ts', "import { parse } from '../src/grounding/a.ts';", 'demo may not import grounding'],
    ['src/engine/a.ts', "import { Input } from 'mediabunny';", 'the package mediabunny belongs to media'],
    ['src/vision/a.ts', "import s from '../../shaders/rope.wgsl?raw';", 'shaders belong to kernels'],
    [
      'src/utils/a.ts',
      "import { invariant } from '../errors.ts';",
      'the file lies in no room of the picture',
    ],
  ])('%s may not say %s', (file, source, why) => {
    expect(complaints(file, source)).toEqual([expect.stringContaining(why)]);
  });

  test.each([
    ['src/vision/a.ts', "import type { B } from '../preprocess/b.ts'; import { c } from '../kernels/c.ts';"],
    ['src/engine/a.ts', "import { b } from '../decoder/b.ts'; import { d } from '#gpu/instance';"],
    ['src/grounding/a.ts', "import { Molmo2Error } from '../errors.ts'; import * as v from 'valibot';"],
    ['demo/a.ts', "import { Molmo2 } from '../src/index.ts'; import '../src/overlay/molmo-overlay.ts';"],
  ])('%s may say %s', (file, source) => {
    expect(complaints(file, source)).toEqual([]);
  });
});
