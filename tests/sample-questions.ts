// Chooses sample media and questions by what they are like. Files, questions and answers are replaced whenever the embedded model is
// trained anew, so that no test knows them by name or by heart.

export interface SampleEntry {
  readonly name: string;
  readonly kind: 'image' | 'images' | 'video';
  readonly media: readonly string[];
  readonly frames?: readonly string[];
  readonly timestamps?: readonly number[];
  readonly questions: readonly { readonly question: string; readonly answer: string }[];
}

/** What an answer says. */
export type Says = 'points' | 'count' | 'tracks' | 'none' | 'words';

export interface WantedSample {
  readonly kind?: SampleEntry['kind'];
  /** By the size that the name of a picture or clip states: one crop is 168 x 168, several are larger and less than twice as wide as tall. */
  readonly form?: 'one crop' | 'several crops' | 'tall' | 'wide';
  /** How its first file ends. */
  readonly file?: '.png' | '.mp4' | '.webm';
}

export interface WantedQuestion extends WantedSample {
  readonly says?: Says;
  /** How many places the answer names at least. */
  readonly places?: number;
  readonly question?: RegExp;
}

export interface SampleQuestion<S extends SampleEntry = SampleEntry> {
  readonly sample: S;
  readonly question: string;
  /** PyTorch's, with the embedded model's weights. */
  readonly answer: string;
}

export function saysOf(answer: string): Says {
  if (answer.startsWith('Counting ')) return 'count';
  if (answer.startsWith('<tracks ')) return 'tracks';
  if (answer.startsWith('<points ')) return 'points';
  return /^(There are none|No tracks available)\.$/.test(answer) ? 'none' : 'words';
}

/** How many places an answer names. */
export function placesOf(answer: string): number {
  return [...answer.matchAll(/\b\d{3,4} \d{3,4}\b/g)].length;
}

function formOf({ name }: SampleEntry): WantedSample['form'] | null {
  const [, width = 0, height = 0] = (/-(\d+)x(\d+)$/.exec(name) ?? []).map(Number);
  if (width === 0) return null;
  if (width === 168 && height === 168) return 'one crop';
  if (width < height) return 'tall';
  return width >= 2 * height ? 'wide' : 'several crops';
}

/** All samples that are so, in the order of the index. */
function samplesLike<S extends SampleEntry>(all: readonly S[], { kind, form, file }: WantedSample): S[] {
  return all.filter(
    (sample) =>
      (kind === undefined || sample.kind === kind) &&
      (form === undefined || formOf(sample) === form) &&
      (file === undefined || sample.media[0]?.endsWith(file) === true),
  );
}

/** The sample `nth` (from 0) of those that are so. */
export function sampleLike<S extends SampleEntry>(all: readonly S[], wanted: WantedSample, nth = 0): S {
  return samplesLike(all, wanted)[nth] ?? missing('sample', wanted, nth);
}

/** The question `nth` (from 0) of those that are so. */
export function questionLike<S extends SampleEntry>(
  all: readonly S[],
  wanted: WantedQuestion,
  nth = 0,
): SampleQuestion<S> {
  const { says, places = 0, question: words = /^/ } = wanted;
  const found = samplesLike(all, wanted).flatMap((sample) =>
    sample.questions
      .filter(({ question, answer }) => words.test(question) && placesOf(answer) >= places)
      .filter(({ answer }) => says === undefined || saysOf(answer) === says)
      .map(({ question, answer }) => ({ sample, question, answer })),
  );
  return found[nth] ?? missing('question', wanted, nth);
}

function missing(what: string, wanted: WantedQuestion, nth: number): never {
  const words = JSON.stringify({ ...wanted, question: wanted.question?.source });
  throw new Error(
    `The samples have no ${what} ${nth} that is ${words}. Make samples that have one, or ask for less.`,
  );
}
