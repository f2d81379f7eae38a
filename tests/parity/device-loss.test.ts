// A GPU that goes away at random moments: what was asked is answered all the same, and nothing is told twice.

import { afterAll, afterEach, describe, expect, inject, test } from 'vitest';
import { seededRandom } from '../../src/decoder/sampling.ts';
import {
  Molmo2,
  type AskEvent,
  type AskInput,
  type AskOptions,
  type BranchEvent,
  type Chat,
  type Stage,
  type WindowEvent,
} from '../../src/index.ts';
import { inBrowser } from '../fixture-files.ts';
import { forcedKernels } from '../forced-family.ts';
import { watchDevices } from '../lose-device.ts';
import { exactMedia, samples } from './samples.ts';
import { questionLike, type WantedQuestion } from '../sample-questions.ts';

const losses = inject('deviceLosses');
const seed = inject('deviceLossesSeed');
const random = seededRandom(seed);

const devices = await watchDevices();
// A device that is lost three times in a minute is given up; each test begins a minute later.
const { now } = performance;
let laterMs = 0;
performance.now = () => now.call(performance) + laterMs;
afterEach(() => {
  laterMs += 61_000;
});
afterAll(() => {
  performance.now = now;
});
// No features are kept, so that every question has something to do in each stage.
const options = { ...forcedKernels, featureCacheBytes: 0, thread: 'page' } as const;
devices.forget();
let molmo = await Molmo2.load(options);
const loadCalls = devices.calls;
afterAll(() => molmo.dispose());

const all = await samples();
const of = (wanted: WantedQuestion, nth = 0): AskInput => {
  const { sample, question } = questionLike(all, wanted, nth);
  return { ...exactMedia(sample), prompt: question };
};
const picture = of({ form: 'one crop', says: 'points' });
const clip = of({ kind: 'video', says: 'tracks' });

interface Heard {
  readonly events: readonly AskEvent[];
  /** The stage of each submit. */
  readonly stages: readonly Stage[];
}

/** All that is told of a question, while the device is lost at its n-th submit, `times` times in all. */
async function heard(events: AsyncIterable<AskEvent>, at = 0, times = at && 1): Promise<Heard> {
  devices.forget();
  if (at > 0) devices.loseAt('submit', at, times);
  const told: AskEvent[] = [];
  const stages: Stage[] = [];
  for await (const event of events) {
    told.push(event);
    if (event.type === 'progress') while (stages.length < devices.calls.submit) stages.push(event.stage);
  }
  return { events: told, stages };
}

/** What has to be the same whatever happens to the GPU: words, places and the answer, each once. */
function kept({ events }: Heard) {
  const text = events.map((event) => (event.type === 'text' ? event.text : '')).join('');
  const found = events.filter(({ type }) => type === 'point' || type === 'track' || type === 'count');
  const media = events.filter(({ type }) => type === 'media');
  const answers = events.flatMap((event) => {
    if (event.type !== 'done') return [];
    const { points, tracks, count, tokenIds, finishReason, logprobs } = event.answer;
    return [{ text: event.answer.text, points, tracks, count, tokenIds, finishReason, logprobs }];
  });
  return { text, found, media, answers };
}

const notices = ({ events }: Heard) =>
  events.filter((event) => event.type === 'notice' && event.reason === 'device-lost').length;

/**
 * What `work` gives when a device is lost in it, at a moment that `moment` draws. Long work is cut into as many submits as its pace
 * asks for, so that one run may have fewer of them than the one before; then it is tried at another moment.
 */
async function disturbed<T>(moment: () => number, work: (at: number) => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    const result = await work(moment());
    if (devices.losses > 0 || tries === 4) return result;
  }
}

/** Questions of all kinds; each is a new one every time. */
const questions: Readonly<Record<string, () => AsyncIterable<AskEvent> | Promise<AsyncIterable<AskEvent>>>> =
  {
    'about a picture': () => molmo.ask(picture),
    'about a clip': () => molmo.ask(clip),
    'with draws, penalties and log probabilities': () => molmo.ask(picture, { ...drawn, logprobs: 2 }),
    'with draws and penalties': () => molmo.ask(clip, drawn),
    'in a chat': () => followUp(),
    'that must be points': () =>
      molmo.ask(picture, { expect: 'points', temperature: 1.5, seed: 3, maxNewTokens: 60 }),
  };
const drawn: AskOptions = { temperature: 1.2, seed: 5, frequencyPenalty: 0.4, maxNewTokens: 30 };

/** The second question of a chat, whose first one is answered. */
async function followUp(): Promise<AsyncIterable<AskEvent>> {
  const chat = molmo.chat();
  await heard(chat.ask(picture));
  const second = async function* () {
    yield* chat.ask({ prompt: 'Caption this image.' });
    chat.dispose();
  };
  return second();
}

const kinds = Object.keys(questions);
const rounds = Array.from({ length: losses }, (_, i) => i);

describe.each(['vision', 'prefill', 'decode'] as const)('a device that is lost in %s', (stage) => {
  test.each(rounds)(`is replaced, and the question goes on (seed ${seed}, round %i)`, async (round) => {
    // A question of a chat sees nothing new.
    const some = kinds.filter((one) => stage !== 'vision' || one !== 'in a chat');
    const kind = some[(round + stage.length + seed) % some.length]!;
    const wanted = await heard(await questions[kind]!());
    const calls = wanted.stages.flatMap((one, i) => (one === stage ? [i + 1] : []));
    expect(calls.length, kind).toBeGreaterThan(0);
    let at = 0;
    const moment = () => (at = calls[Math.floor(random() * calls.length)]!);
    const found = await disturbed(moment, async (n) => heard(await questions[kind]!(), n));
    expect(kept(found), `${kind}, submit ${at}`).toEqual(kept(wanted));
    expect([devices.opened, notices(found)], `${kind}, submit ${at}`).toEqual([1, 1]);
  });
});

type AnyEvent = AskEvent | BranchEvent | WindowEvent;

/** What has to be the same of several answers: all of each, in order. */
function keptOfEach(events: readonly AnyEvent[]) {
  const each = new Map<number | null, { text: string; rest: unknown[] }>();
  for (const event of events) {
    if (event.type === 'progress' || event.type === 'notice') continue;
    const name = 'branch' in event ? (event.branch ?? null) : 'window' in event ? Number(event.window) : null;
    const all = each.get(name) ?? { text: '', rest: [] };
    each.set(name, all);
    if (event.type === 'text') all.text += event.text;
    else if (event.type === 'done') all.rest.push({ ...event.answer, timings: null, usage: null });
    else all.rest.push(event);
  }
  return [...each];
}

const several: Readonly<Record<string, () => AsyncIterable<AnyEvent>>> = {
  askAll: () => molmo.askAll({ ...picture, prompts: [picture.prompt!, 'Caption this image.'] }),
  'askAll with draws': () =>
    molmo.askAll({ ...picture, prompts: [picture.prompt!, 'Caption this image.'] }, drawn),
  askMany: () => molmo.askMany([picture, of({ form: 'one crop', says: 'count' }, 1), { prompt: '' }]),
  askWindows: () => molmo.askWindows({ ...clip, video: clip.video!, windowSec: 1, overlapSec: 0.5 }),
};

// The engine's own work: a page adds nothing to it.
describe.each(inBrowser ? [] : Object.keys(several))('a device that is lost while %s answers', (name) => {
  test.each(rounds)(`is replaced, and all go on (seed ${seed}, round %i)`, async () => {
    const all = async (events: AsyncIterable<AnyEvent>): Promise<AnyEvent[]> => {
      const told: AnyEvent[] = [];
      for await (const event of events) told.push(event);
      return told;
    };
    devices.forget();
    const wanted = keptOfEach(await all(several[name]!()));
    const { submit } = devices.calls;
    const moment = () => 1 + Math.floor(random() * submit);
    const found = await disturbed(moment, (at) => {
      devices.forget();
      devices.loseAt('submit', at);
      return all(several[name]!());
    });
    expect(keptOfEach(found)).toEqual(wanted);
    expect(devices.opened).toBe(1);
    expect(found.filter(({ type }) => type === 'notice')).toHaveLength(1);
  });
});

describe('a device that is lost while a model loads', () => {
  test.each(rounds)(`is replaced (seed ${seed}, round %i)`, async () => {
    const wanted = kept(await heard(molmo.ask(picture)));
    molmo.dispose();
    devices.forget();
    const call = random() < 0.5 ? 'createBuffer' : 'createComputePipelineAsync';
    devices.loseAt(call, 1 + Math.floor(random() * loadCalls[call]));
    molmo = await Molmo2.load(options);
    expect(devices.opened).toBe(2);
    expect(molmo.info.notices.at(-1)).toMatch(/^The GPU stopped working .* loaded again\.$/);
    expect(kept(await heard(molmo.ask(picture)))).toEqual(wanted);
  });
});

describe('a device that is lost while nothing is asked', () => {
  const followUp = { prompt: 'Caption this image.' };
  const begun = async (): Promise<Chat> => {
    const chat = molmo.chat();
    await heard(chat.ask(picture));
    return chat;
  };

  test.each(rounds)(`is replaced, and chats go on (seed ${seed}, round %i)`, async () => {
    const undisturbed = await begun();
    const wanted = await heard(undisturbed.ask(followUp));
    const chat = await begun();
    devices.forget();
    devices.lose();
    // Sometimes the next question comes before anybody has noticed.
    if (random() < 0.5) await new Promise((resolve) => setTimeout(resolve, random() * 5000));
    const found = await heard(chat.ask(followUp));
    expect(kept(found)).toEqual(kept(wanted));
    expect(notices(found)).toBe(1);
    expect(chat.messages).toEqual(undisturbed.messages);
    expect(kept(await heard(molmo.ask(picture)))).toEqual(kept(await heard(molmo.ask(picture))));
    undisturbed.dispose();
    chat.dispose();
  });
});

test('three losses in a row are one error, and a new load works', async () => {
  const wanted = kept(await heard(molmo.ask(picture)));
  const error = await heard(molmo.ask(picture), 3, 3).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'device-lost' });
  expect(String(error)).toMatch(/3 times within a minute .* Load the model again/);
  await expect(heard(molmo.ask(picture))).rejects.toBe(error);
  molmo.dispose();
  molmo = await Molmo2.load(options);
  expect(kept(await heard(molmo.ask(picture)))).toEqual(wanted);
});
