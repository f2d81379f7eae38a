// A device that has memory for so many bytes and no more: what is asked of it is answered with less, or ends with one error
// and its numbers; with the memory back everything is as it was.

import process from 'node:process';
import { afterAll, expect, test } from 'vitest';
import { seededRandom } from '../../src/decoder/sampling.ts';
import { Molmo2, type Answer, type AskEvent, type AskInput, type AskOptions } from '../../src/index.ts';
import { forcedKernels } from '../forced-family.ts';
import { exactMedia, samples } from '../parity/samples.ts';
import { shortenMemory, type Refusal } from '../short-memory.ts';
import { sampleLike } from '../sample-questions.ts';

const rounds = Number(process.env['SHORT_MEMORY'] ?? 10);
const seed = Number(process.env['SHORT_MEMORY_SEED'] ?? 1);

const memory = await shortenMemory();
const molmo = await Molmo2.load(forcedKernels);
const own = memory.bytes; // weights, and what lives as long as they do
afterAll(() => molmo.dispose());

const all = await samples();
const small = sampleLike(all, { form: 'one crop' });
const shown = exactMedia(small);
const prompts = small.questions.map(({ question }) => question);
const picture: AskInput = { ...shown, prompt: prompts[0]! };
const clip: AskInput = { ...exactMedia(sampleLike(all, { kind: 'video' })), prompt: 'Track the star.' };
const outOfMemory = {
  code: 'out-of-memory',
  message: expect.stringMatching(/\d (MB|bytes)/) as string,
};

interface Told {
  readonly answer: Answer | null;
  readonly error: unknown;
  readonly events: readonly AskEvent[];
}

/** Everything that a question tells. */
async function tell(events: AsyncIterable<AskEvent>): Promise<Told> {
  const told: AskEvent[] = [];
  try {
    for await (const event of events) told.push(event);
  } catch (error) {
    return { answer: null, error, events: told };
  }
  const done = told.at(-1);
  return { answer: done?.type === 'done' ? done.answer : null, error: null, events: told };
}

const ask = (input: AskInput, options: AskOptions = {}) => tell(molmo.ask(input, options));
const noticesOf = ({ events }: Told) => events.flatMap((event) => (event.type === 'notice' ? [event] : []));
const count = ({ events }: Told, type: AskEvent['type']) =>
  events.filter((event) => event.type === type).length;

/** The same question as it was answered with less, from the notice. */
function lessOf(input: AskInput, told: Told): [AskInput, AskOptions] {
  const steps = noticesOf(told).flatMap((notice) => notice.steps);
  const to = (what: string) => steps.find((step) => step.what === what)?.to;
  const [kv, frames, crops] = [to('kv'), to('frames'), to('crops')];
  return [
    {
      ...input,
      ...(typeof frames === 'number' && { maxFrames: frames }),
      ...(typeof crops === 'number' && { maxCrops: crops }),
    },
    { fit: 'exact', ...(kv === 'int8' && { kv }) },
  ];
}

/** Less of it is answered as if that had been asked for, or it is refused with numbers. */
async function checkAsk(input: AskInput): Promise<void> {
  const told = await ask(input);
  memory.limit(Infinity);
  expect(count(told, 'media')).toBeLessThanOrEqual(1);
  expect(noticesOf(told).length).toBeLessThanOrEqual(1);
  if (told.error) {
    expect(told.error).toMatchObject(outOfMemory);
    expect(count(told, 'text')).toBe(0);
    return;
  }
  const [less, options] = lessOf(input, told);
  const wanted = await ask(less, options);
  expect(told.answer?.text).toBe(wanted.answer?.text);
  expect(told.answer?.points).toEqual(wanted.answer?.points);
  expect(told.answer?.tracks).toEqual(wanted.answer?.tracks);
}

/** Several questions go fewer at a time, or are refused with numbers. */
async function checkTogether(work: () => Promise<unknown>): Promise<void> {
  const told = await work().catch((error: unknown) => error);
  memory.limit(Infinity);
  if (told instanceof Error) expect(told).toMatchObject(outOfMemory);
  else expect(told).toEqual(await work());
}

const several = { maxNewTokens: 1000 };
const askAll = async () => {
  const images = shown.images ?? [];
  return (await molmo.askAll({ images, prompts: prompts.slice(0, 3) }, several)).map(({ text }) => text);
};
const askMany = async () => {
  const inputs = prompts.slice(0, 3).map((prompt) => ({ ...shown, prompt }));
  return (await molmo.askMany(inputs, several)).map((one) => one.status === 'fulfilled' && one.value.text);
};

/** A later question that finds no memory to grow leaves its chat as it was. */
async function checkChat(bytes: number, way: Refusal): Promise<void> {
  memory.limit(Infinity);
  const [chat, other] = [molmo.chat(), molmo.chat()];
  for (const one of [chat, other]) await tell(one.ask(picture, { maxNewTokens: 2 }));
  const question = { prompt: prompts[1]! };
  memory.limit(bytes, way);
  const told = await tell(chat.ask(question, several));
  memory.limit(Infinity);
  if (told.error) expect(told.error).toMatchObject(outOfMemory);
  const again = told.error ? await tell(chat.ask(question, several)) : told;
  const wanted = await tell(other.ask(question, several));
  expect(again.answer?.text).toBe(wanted.answer?.text);
  expect(chat.messages).toEqual(other.messages);
  chat.dispose();
  other.dispose();
}

async function checkLoad(): Promise<void> {
  const before = memory.count;
  const loaded = await Molmo2.load(forcedKernels).catch((error: unknown) => error);
  memory.limit(Infinity);
  if (loaded instanceof Molmo2) loaded.dispose();
  else {
    expect(loaded).toMatchObject(outOfMemory);
    expect((loaded as Error).message).toMatch(/^shapes takes \d+ MB of GPU memory for its weights/);
  }
  expect(memory.count).toBe(before);
}

/** The most that work takes beside the weights. */
async function peakOf(work: () => Promise<unknown>): Promise<number> {
  memory.forgetPeak();
  await work();
  return memory.peak;
}

const wanted = (await ask(picture)).answer?.text;

interface Kind {
  readonly name: string;
  /** Between these it may find memory or not. */
  readonly from: number;
  readonly to: number;
  check(bytes: number, way: Refusal): Promise<void>;
}

const pictureBytes = await peakOf(() => ask(picture));
const togetherBytes = await peakOf(askAll);
const kinds: readonly Kind[] = [
  { name: 'a picture', from: own, to: pictureBytes, check: () => checkAsk(picture) },
  { name: 'questions about one picture', from: own, to: togetherBytes, check: () => checkTogether(askAll) },
  { name: 'a load', from: own, to: 2 * own, check: checkLoad },
  { name: 'a later question', from: own, to: togetherBytes, check: checkChat },
  { name: 'questions about pictures', from: own, to: togetherBytes, check: () => checkTogether(askMany) },
  { name: 'a clip', from: own, to: await peakOf(() => ask(clip)), check: () => checkAsk(clip) },
];

const random = seededRandom(seed);
const ways: readonly Refusal[] = ['scope', 'throw', 'limit'];
const schedule = Array.from({ length: rounds }, (_, round) => {
  const kind = kinds[round % kinds.length]!;
  const way = ways[Math.floor(random() * ways.length)]!;
  return [kind.name, Math.floor(kind.from + random() * (kind.to - kind.from)), way, kind] as const;
});

test.each(schedule)('%s with memory for %d bytes (%s)', async (_, bytes, way, kind) => {
  memory.limit(bytes, way);
  await kind.check(bytes, way);
  memory.limit(Infinity);
  expect((await ask(picture)).answer?.text).toBe(wanted);
});
