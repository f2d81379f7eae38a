// Which samples the demo shows, and what is said of them: worked out from the index of the samples, so that new ones need no hand.

/** An entry of samples/index.json. */
export interface IndexEntry {
  readonly name: string;
  readonly kind: 'image' | 'images' | 'video';
  readonly media: readonly string[];
  readonly frames?: readonly string[];
  readonly timestamps?: readonly number[];
  readonly paths?: readonly {
    readonly color: string;
    readonly shape: string;
    readonly appears: number;
    readonly start: readonly [x: number, y: number];
    readonly end: readonly [x: number, y: number];
  }[];
  readonly questions: readonly { readonly question: string; readonly answer: string }[];
}

/** An entry of demo/samples.json. */
export interface DemoSample {
  readonly name: string;
  /** Says what is seen, for people who do not see it. */
  readonly alt: string;
  readonly files: readonly string[];
  /** Small pictures that stand for the sample, one for each picture (scripts/demo-thumbnails.ts). */
  readonly thumbnails: readonly string[];
  /** `answer` is what PyTorch says with the same weights. */
  readonly questions: readonly { readonly question: string; readonly answer: string }[];
}

function sizeOf({ name }: IndexEntry): { width: number; height: number } {
  const [, width = 0, height = 0] = (/-(\d+)x(\d+)$/.exec(name) ?? []).map(Number);
  return { width, height };
}

/** Kinds of places and things to see, in the order of the page: each takes the largest sample that is left and fits. */
const places: readonly ((entry: IndexEntry) => boolean)[] = [
  (entry) => entry.kind === 'image' && sizeOf(entry).width > sizeOf(entry).height && !isWide(entry),
  isMp4,
  (entry) => entry.kind === 'image' && sizeOf(entry).width < sizeOf(entry).height,
  isMp4,
  (entry) => entry.kind === 'image' && isWide(entry),
  (entry) => entry.kind === 'images',
];

/** Every browser plays it. */
function isMp4({ kind, media }: IndexEntry): boolean {
  return kind === 'video' && media[0]?.endsWith('.mp4') === true;
}

function isWide(entry: IndexEntry): boolean {
  const { width, height } = sizeOf(entry);
  return width >= 2 * height;
}

const area = (entry: IndexEntry) =>
  entry.kind === 'images' ? entry.media.length : sizeOf(entry).width * sizeOf(entry).height;

const colors = new Set(['red', 'green', 'blue', 'yellow', 'orange', 'purple', 'white']);
const withArticle = (noun: string) => `${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`;

/** What the answers about pictures name, each once; a plain shape only where no coloured one of it is named. */
function namedObjects(entry: IndexEntry): string[] {
  const labels = new Set<string>();
  for (const { answer } of entry.questions) {
    for (const [, label = ''] of answer.matchAll(/coords="[^"]+">([^<]+)</g)) labels.add(label);
    if (answer.startsWith('There is '))
      for (const [, label = ''] of answer.matchAll(/\ban? (\w+ \w+)/g)) labels.add(label);
  }
  const all = [...labels].filter((label) => !label.endsWith('object'));
  const isCovered = (label: string) =>
    !label.includes(' ') && all.some((other) => other.endsWith(` ${label}`));
  return all.filter(
    (label) => !isCovered(label) && (label.includes(' ') ? colors.has(label.split(' ')[0] ?? '') : true),
  );
}

function direction({ start, end }: NonNullable<IndexEntry['paths']>[number]): string {
  const [dx, dy] = [end[0] - start[0], end[1] - start[1]];
  if (Math.max(Math.abs(dx), Math.abs(dy)) < 0.05) return 'stays';
  if (Math.abs(dx) > Math.abs(dy)) return dx > 0 ? 'moves to the right' : 'moves to the left';
  return dy > 0 ? 'moves down' : 'moves up';
}

function altOf(entry: IndexEntry): string {
  if (entry.kind === 'video') {
    const moves = (entry.paths ?? []).map(
      (path) => `${withArticle(`${path.color} ${path.shape}`)} ${direction(path)}`,
    );
    return `Video: ${moves.join(', ')}`;
  }
  const what = entry.kind === 'images' ? `${entry.media.length} pictures` : 'Picture';
  return `${what}: ${namedObjects(entry).map(withArticle).join(', ')}`;
}

/** What a visitor may ask first: places, then numbers, then whatever else the samples ask, three at most. */
function questionsOf({ kind, questions }: IndexEntry): DemoSample['questions'] {
  const order = kind === 'video' ? ['<tracks', 'Counting', '<points'] : ['<points', 'Counting'];
  const rank = (answer: string) => {
    const at = order.findIndex((start) => answer.startsWith(start));
    return at < 0 ? order.length : at;
  };
  return questions
    .toSorted((a, b) => rank(a.answer) - rank(b.answer))
    .filter(
      ({ answer }, i, all) =>
        all.findIndex((other) => rank(other.answer) === rank(answer)) === i || rank(answer) === order.length,
    )
    .slice(0, 3)
    .map(({ question, answer }) => ({ question, answer }));
}

/** The samples that the page shows, at most one of each kind of place. */
export function demoSamples(index: readonly IndexEntry[]): DemoSample[] {
  const left = new Set(index);
  return places.flatMap((suits) => {
    const [chosen] = [...left].filter(suits).toSorted((a, b) => area(b) - area(a));
    if (!chosen) return [];
    left.delete(chosen);
    return [
      {
        name: chosen.name,
        alt: altOf(chosen),
        files: chosen.media,
        thumbnails:
          chosen.kind === 'video'
            ? [`${chosen.name}.webp`]
            : chosen.media.map((file) => file.replace(/\.\w+$/, '.webp')),
        questions: questionsOf(chosen),
      },
    ];
  });
}

/** The text of bench/cases/sample-questions.ts: the first picture and the first clip of the demo, with their first questions. */
export function benchQuestions(samples: readonly DemoSample[]): string {
  const first = (extension: string) =>
    samples.find(({ files }) => files.length === 1 && files[0]?.endsWith(extension));
  const constant = (name: string, sample: DemoSample | undefined) => {
    const [file] = sample?.files ?? [];
    const [asked] = sample?.questions ?? [];
    if (file === undefined || !asked) throw new Error(`No sample can be the benchmark's ${name}.`);
    const { question, answer } = asked;
    return `export const ${name} = {
      file: new URL(${JSON.stringify(`../../demo/public/samples/${file}`)}, ${'import.meta'}.url),
      question: ${JSON.stringify(question)},
      answer: ${JSON.stringify(answer)},
    };\n`;
  };
  return `// Written by \`npm run update:shapes\`: what the benchmark asks about the demo's samples, and what PyTorch answers.

    ${constant('samplePicture', first('.png'))}\n${constant('sampleClip', first('.mp4'))}`;
}
