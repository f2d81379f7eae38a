import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { importGraph, sourceFiles } from '../source-files.ts';

// The big rooms from the inside: which smaller rooms each of them has, and whose files these may import, types included.
// '.' are the files that lie in the big room itself. What is not named here is one room.
const inside: Record<string, Record<string, readonly string[]>> = {
  'src/weights': {
    formats: [],
    files: [],
    checkpoint: ['formats', 'files'],
    bundle: ['formats', 'files', 'checkpoint'],
    fetch: ['files', 'bundle'],
    store: ['formats', 'checkpoint'],
    cache: ['formats', 'files', 'checkpoint', 'bundle'],
    source: ['formats', 'files', 'fetch'],
    open: ['formats', 'files', 'checkpoint', 'bundle', 'fetch', 'store', 'cache', 'source'],
    '.': ['formats', 'files', 'checkpoint', 'bundle', 'fetch', 'store', 'cache', 'source', 'open'],
  },
  'src/kernels': {
    '.': [],
    rows: ['.'],
    linear: ['.', 'rows'],
    attention: ['.'],
    tokens: ['.'],
    quantize: ['.'],
  },
  'src/media': {
    '.': [],
    picture: ['.'],
    container: ['.'],
    ffmpeg: ['.', 'picture'],
    sampling: ['.', 'picture'],
    player: ['.', 'picture', 'container', 'sampling'],
    moving: ['.', 'picture', 'sampling'],
    video: ['.', 'picture', 'container', 'ffmpeg', 'sampling', 'player', 'moving'],
  },
  'src/engine': {
    tune: [],
    answer: ['visual'],
    expect: [],
    visual: [],
    plan: ['visual', 'answer'],
    decode: ['answer', 'expect', 'plan'],
    windows: [],
    recovery: [],
    // What computes, and the two that there are.
    forward: ['visual', 'plan', 'decode'],
    gpu: ['visual', 'plan', 'decode', 'forward'],
    fallback: ['visual', 'plan', 'decode', 'forward'],
    '.': [
      'tune',
      'answer',
      'expect',
      'visual',
      'plan',
      'decode',
      'windows',
      'recovery',
      'forward',
      'gpu',
      'fallback',
    ],
    branches: ['answer', 'expect', 'visual', 'decode', 'recovery', 'gpu', '.'],
    packing: ['answer', 'expect', 'visual', 'branches', '.'],
  },
  'src/overlay': {
    // What is marked and what of it is seen is worked out without a page.
    marks: [],
    target: ['marks'],
    draw: ['marks', 'target'],
    hands: ['marks', 'target', 'draw'],
    '.': ['marks', 'target', 'draw', 'hands'],
  },
  'src/annotations': {
    // What a page loads to correct an answer; the others are imported when somebody saves or opens.
    document: [],
    formats: ['document'],
    drawing: ['document', 'formats'],
    clip: ['document', 'formats', 'drawing'],
    share: ['document', 'formats'],
    '.': ['document', 'formats', 'drawing', 'clip', 'share'],
  },
  eval: {
    // What questions and scores are lies in the big room itself; scores are made of metrics.
    '.': ['metrics'],
    metrics: ['.'],
    readers: ['metrics', '.'],
    scenes: ['metrics', '.'],
    run: ['metrics', 'readers', 'scenes', '.'],
    judge: ['metrics', 'run', '.'],
    report: ['metrics', 'run', '.'],
    dataset: ['readers', '.'],
  },
  bench: {
    measure: [],
    inputs: [],
    report: ['measure'],
    peer: ['measure'],
    cases: ['measure', 'inputs', 'peer'],
    'cases/shared': ['measure', 'inputs', 'peer', 'cases'],
    denominators: ['measure', 'inputs', 'cases'],
    '.': ['measure', 'inputs', 'report', 'peer', 'cases', 'cases/shared', 'denominators'],
    page: ['peer', '.'],
  },
};

/** The big room that a file lies in and its room inside, by the longest name that fits; null elsewhere. */
function placeOf(file: string): { house: string; room: string } | null {
  for (const [house, rooms] of Object.entries(inside)) {
    if (!file.startsWith(`${house}/`)) continue;
    const folder = file.slice(house.length + 1, file.lastIndexOf('/'));
    const room = file.lastIndexOf('/') === house.length ? '.' : folder;
    return { house, room: room in rooms ? room : `${room} (not in the picture)` };
  }
  return null;
}

/** What an import does wrong inside its big room; null when it may be. */
function complaint(file: string, imported: string): string | null {
  const from = placeOf(file);
  const to = placeOf(imported);
  if (!from || !to || from.house !== to.house || from.room === to.room) return null;
  return inside[from.house]?.[from.room]?.includes(to.room)
    ? null
    : `${file} imports ${imported}: ${from.house}, ${from.room} may not import ${to.room}`;
}

/** One way round from a file back to itself, if there is any. */
function circleIn(graph: ReadonlyMap<string, readonly string[]>): string[] | null {
  const done = new Set<string>();
  const walk = (file: string, way: readonly string[]): string[] | null => {
    const at = way.indexOf(file);
    if (at >= 0) return [...way.slice(at), file];
    if (done.has(file)) return null;
    for (const next of graph.get(file) ?? []) {
      const circle = walk(next, [...way, file]);
      if (circle) return circle;
    }
    done.add(file);
    return null;
  };
  for (const file of graph.keys()) {
    const circle = walk(file, []);
    if (circle) return circle;
  }
  return null;
}

describe('rooms inside the big rooms', () => {
  const graph = importGraph();

  test('imports between them point one way', () => {
    const wrong = [...graph].flatMap(([file, imports]) => imports.map((name) => complaint(file, name)));
    expect(wrong.filter((line) => line !== null)).toEqual([]);
  });

  test('every room of the picture exists', () => {
    const places = new Set(sourceFiles.map(placeOf).map((place) => place && `${place.house}/${place.room}`));
    const named = Object.entries(inside).flatMap(([house, rooms]) =>
      Object.keys(rooms).map((room) => `${house}/${room}`),
    );
    expect(named.filter((room) => !places.has(room))).toEqual([]);
  });

  test('no files import each other in a circle, not even types', () => {
    expect(graph.size).toBeGreaterThan(500);
    expect(circleIn(graph)).toBeNull();
  });

  test('no folder of src or bench has more than 20 files of its own', () => {
    const folders = new Set(
      sourceFiles
        .filter((file) => /^(src|bench)\//.test(file))
        .map((file) => file.slice(0, file.lastIndexOf('/'))),
    );
    const counts = [...folders].map((folder) => {
      const files = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile());
      return { folder, files: files.length };
    });
    expect(counts.filter(({ files }) => files > 20)).toEqual([]);
  });
});

describe('the check itself', () => {
  test.each([
    ['src/weights/formats/a.ts', 'src/weights/open/b.ts', 'formats may not import open'],
    ['src/weights/fetch/a.ts', 'src/weights/load.ts', 'fetch may not import .'],
    ['src/kernels/rows/a.ts', 'src/kernels/linear/b.ts', 'rows may not import linear'],
    [
      'src/weights/attic/a.ts',
      'src/weights/formats/b.ts',
      'attic (not in the picture) may not import formats',
    ],
    ['bench/cases/a.ts', 'bench/cases/shared/b.ts', 'cases may not import cases/shared'],
  ])('%s may not import %s', (file, imported, why) => {
    expect(complaint(file, imported)).toContain(why);
  });

  test.each([
    ['src/weights/load.ts', 'src/weights/open/b.ts'],
    ['src/kernels/linear/a.ts', 'src/kernels/linear/b.ts'],
    ['bench/cases/shared/a.ts', 'bench/cases/b.ts'],
    ['src/engine/a.ts', 'src/weights/open/b.ts'],
  ])('%s may import %s', (file, imported) => {
    expect(complaint(file, imported)).toBeNull();
  });

  test('a circle is found, however long, and none where there is none', () => {
    const line = new Map([
      ['a', ['b', 'c']],
      ['b', ['c']],
      ['c', ['d']],
      ['d', []],
    ]);
    expect(circleIn(line)).toBeNull();
    expect(circleIn(new Map([...line, ['d', ['b']]]))).toEqual(['b', 'c', 'd', 'b']);
  });
});
