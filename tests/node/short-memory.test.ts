// A device that has memory for so many bytes and no more: what is asked of it is answered with less, or ends with one error
// and its numbers; with the memory back everything is as it was.

import process from 'node:process';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { seededRandom } from '../../src/decoder/sampling.ts';
import { Molmo2, type Answer, type AskEvent, type AskInput, type AskOptions } from '../../src/index.ts';
import { forcedKernels } from '../forced-family.ts';
import { exactMedia, samples } from '../parity/samples.ts';
import { shortenMemory, type Refusal } from '../short-memory.ts';

const rounds = Number(process.env['SHORT_MEMORY'] ?? 10);
const seed = Number(process.env['SHORT_MEMORY_SEED'] ?? 1);

const memory = await shortenMemory();
const molmo = await Molmo2.load(forcedKernels);
const own = memory.bytes; // weights, and what lives as long as they do
afterAll(() => molmo.dispose());
beforeEach(() => memory.limit(Infinity));

const all = await samples();
const named = (name: string) => all.find((sample) => sample.name === name)!;
const picture = { ...exactMedia(named('image-1-168x168')), prompt: 'Find the green squares.' };
const clip = { ...exactMedia(named('clip-1-320x240')), prompt: 'Track the star.' };

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

/** Asks with less memory than that takes: less of it is answered as if that had been asked for, or it is refused with numbers. */
async function checkAsk(input: AskInput): Promise<void> {
  const told = await ask(input);
  memory.limit(Infinity);
  expect(count(told, 'media')).toBeLessThanOrEqual(1);
  expect(noticesOf(told).length).toBeLessThanOrEqual(1);
  if (told.error) {
    expect(told.error).toMatchObject({
      code: 'out-of-memory',
      message: expect.stringMatching(/\d (MB|bytes)/),
    });
    expect(count(told, 'text')).toBe(0);
    return;
  }
  const [less, options] = lessOf(input, told);
  const wanted = await ask(less, options);
  expect(told.answer?.text).toBe(wanted.answer?.text);
  expect(told.answer?.points).toEqual(wanted.answer?.points);
  expect(told.answer?.tracks).toEqual(wanted.answer?.tracks);
}

/** The most that work takes beside the weights. */
async function peakOf(work: () => Promise<unknown>): Promise<number> {
  memory.forgetPeak();
  await work();
  return memory.peak;
}

const wanted = (await ask(picture)).answer?.text;

/** What is tried in turn: how much memory it takes, and what must hold with less. */
const kinds: readonly {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  check(): Promise<void>;
}[] = [
  {
    name: 'a picture',
    from: own,
    to: await peakOf(() => ask(picture)),
    check: () => checkAsk(picture),
  },
  {
    name: 'a clip',
    from: own,
    to: await peakOf(() => ask(clip)),
    check: () => checkAsk(clip),
  },
  { name: 'a load', from: own, to: 2 * own, check: checkLoad },
];

async function checkLoad(): Promise<void> {
  const [before] = [memory.count];
  const loaded = await Molmo2.load(forcedKernels).catch((error: unknown) => error);
  memory.limit(Infinity);
  if (loaded instanceof Molmo2) loaded.dispose();
  else
    expect(loaded).toMatchObject({
      code: 'out-of-memory',
      message: expect.stringMatching(
        /^shapes takes \d+ MB of GPU memory for its weights, but the GPU had no \d+ bytes/,
      ),
    });
  expect(memory.count).toBe(before);
}

const random = seededRandom(seed);
const ways: readonly Refusal[] = ['scope', 'throw', 'limit'];
const schedule = Array.from({ length: rounds }, (_, round) => {
  const kind = kinds[round % kinds.length]!;
  const way = ways[Math.floor(random() * ways.length)]!;
  return [kind.name, Math.floor(kind.from + random() * (kind.to - kind.from)), way, kind] as const;
});

test.each(schedule)('%s with memory for %d bytes (%s)', async (_, bytes, way, kind) => {
  memory.limit(bytes, way);
  await kind.check();
  memory.limit(Infinity);
  expect((await ask(picture)).answer?.text).toBe(wanted);
});
